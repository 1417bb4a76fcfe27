import { EVENT_STORE, MESSAGE_BUS, READ_MODELS, type EventStore, type MessageBus, type ReadModels } from '@hookyard/ports';
import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { projectCommands, webhookCommands } from './commands.ts';
import { byName } from './definitions.ts';
import { dialects } from './dialects.generated.ts';
import { projectProjection } from './project-projection.ts';
import { startProjector, type Projector } from './projector.ts';
import { HANDLE_PROJECT, HANDLE_WEBHOOK, SubscriptionsBus } from './subscriptions.bus.ts';
import { SubscriptionsSettings } from './subscriptions.settings.ts';
import { webhookProjection } from './webhook-projection.ts';

type Projectors = { readonly webhooks: Projector; readonly projects: Projector };
const PROJECTORS = Symbol('Projectors');

/** The write side of webhooks and projects: commands in, facts into streams, what they say out to everybody. */
@Module({
  controllers: [SubscriptionsBus],
  providers: [
    {
      provide: PROJECTORS,
      inject: [EVENT_STORE, MESSAGE_BUS, READ_MODELS, SubscriptionsSettings],
      useFactory: startProjectors,
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
export class SubscriptionsModule implements OnApplicationShutdown {
  constructor(@Inject(PROJECTORS) private readonly projectors: Projectors) {}

  /** After the transport has drained: commands in hand wait for the projectors. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.projectors.webhooks.stop(), this.projectors.projects.stop()]);
  }
}

async function startProjectors(store: EventStore, bus: MessageBus, models: ReadModels, settings: SubscriptionsSettings): Promise<Projectors> {
  const ports = { store, bus, models };
  const maxStreams = settings.subscriptionsRememberedStreams;
  const [webhooks, projects] = await Promise.all([
    startProjector(ports, webhookProjection(byName(dialects)), maxStreams),
    startProjector(ports, projectProjection, maxStreams),
  ]);
  return { webhooks, projects };
}
