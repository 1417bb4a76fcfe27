import { CLOCK, EVENT_STORE, MESSAGE_BUS, READ_MODELS, type Clock, type EventStore, type MessageBus, type ReadModels } from '@hookyard/ports';
import { LOG, type Log } from '@hookyard/runtime';
import { Module } from '@nestjs/common';
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
export class SubscriptionsModule {}

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
