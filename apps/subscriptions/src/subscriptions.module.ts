import { defaultProject, projectsCollection } from '@hookyard/event-schemas';
import { CLOCK, EVENT_STORE, MESSAGE_BUS, READ_MODELS, type Clock, type EventStore, type MessageBus, type ReadModels } from '@hookyard/ports';
import { HEALTH, LOG, type Health, type Log } from '@hookyard/runtime';
import { Inject, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { projectCommands, webhookCommands } from './commands.ts';
import { byName } from './definitions.ts';
import { dialects } from './dialects.generated.ts';
import { projectProjection } from './project-projection.ts';
import { openProjector } from './projector.ts';
import { HANDLE_PROJECT, HANDLE_WEBHOOK, PROJECTORS, SubscriptionsBus, type Projectors } from './subscriptions.bus.ts';
import { SubscriptionsSettings } from './subscriptions.settings.ts';
import { webhookProjection } from './webhook-projection.ts';

/** The write side of webhooks and projects: commands in, facts into streams, what they say out to everybody. */
@Module({
  controllers: [SubscriptionsBus],
  providers: [
    {
      provide: PROJECTORS,
      inject: [EVENT_STORE, MESSAGE_BUS, READ_MODELS, CLOCK, LOG, SubscriptionsSettings],
      useFactory: openProjectors,
    },
    {
      provide: HANDLE_WEBHOOK,
      inject: [EVENT_STORE, PROJECTORS],
      useFactory: (store: EventStore, { webhooks }: Projectors) => webhookCommands(store, webhooks, byName(dialects)),
    },
    {
      provide: HANDLE_PROJECT,
      inject: [EVENT_STORE, PROJECTORS],
      useFactory: (store: EventStore, { projects }: Projectors) => projectCommands(store, projects),
    },
  ],
})
export class SubscriptionsModule implements OnApplicationBootstrap {
  constructor(
    @Inject(HEALTH) private readonly health: Health,
    @Inject(READ_MODELS) private readonly models: ReadModels,
  ) {}

  /** Not ready before there is a project to begin with: whoever waits for the service wants to use it then. */
  async onApplicationBootstrap(): Promise<void> {
    const projects = await this.models.collection(projectsCollection);
    let isThere = false;
    this.health.register('first project', async () => {
      isThere ||= (await projects.get(defaultProject)) !== null;
      return isThere ? { ok: true } : { ok: false, detail: `the project ${defaultProject} is not there yet` };
    });
  }
}

type Ports = readonly [EventStore, MessageBus, ReadModels, Clock, Log];

async function openProjectors(...[store, bus, models, clock, log, settings]: [...Ports, SubscriptionsSettings]): Promise<Projectors> {
  const onFailure = (error: unknown): void => log.error({ err: error }, 'what the streams say could not be shown; it is tried again');
  const ports = { store, bus, models, clock, onFailure };
  const maxStreams = settings.subscriptionsRememberedStreams;
  const [webhooks, projects] = await Promise.all([
    openProjector(ports, webhookProjection(byName(dialects)), maxStreams),
    openProjector(ports, projectProjection, maxStreams),
  ]);
  return { webhooks, projects };
}
