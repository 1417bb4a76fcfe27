import type { AnyDialect } from '@hookyard/dialect';
import { eventsCollection, topics, type EventDocument } from '@hookyard/event-schemas';
import { CLOCK, MESSAGE_BUS, READ_MODELS, type Clock, type Collection, type MessageBus, type ReadModels } from '@hookyard/ports';
import { LOG, METRICS, sweepExpired, type Log, type Metrics, type Sweeps } from '@hookyard/runtime';
import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { dialects } from './dialects.generated.ts';
import { commitPieces } from './commit-pieces.ts';
import { explain } from './explain.ts';
import { knownEvents, type KnownEvents } from './known-events.ts';
import { matchBatch } from './match-batch.ts';
import { EXPLAIN, MATCH_BATCH, MatcherBus } from './matcher.bus.ts';
import { matcherMetrics, type MatcherMetrics } from './matcher-metrics.ts';
import { MatcherSettings } from './matcher.settings.ts';
import { followWebhooks, type WebhookFollower } from './webhook-follower.ts';
import { webhookIndex, type WebhookIndex } from './webhook-index.ts';

/** The dialects whose definitions can be read. */
export const DIALECTS = Symbol('Dialects');

type Surroundings = {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: MatcherMetrics;
  readonly partitions: { readonly events: number; readonly webhooks: number; readonly deliveries: number };
};

type Webhooks = { readonly index: WebhookIndex; readonly follower: WebhookFollower };

const SURROUNDINGS = Symbol('Surroundings');
const WEBHOOKS = Symbol('Webhooks');
const EVENTS = Symbol(eventsCollection.name);
const KNOWN_EVENTS = Symbol('KnownEvents');
const SWEEPS = Symbol('Sweeps');
const dayMs = 86_400_000;

/** Which webhooks does an event concern? Events in, deliveries out; and why it did or did not concern them. */
@Module({
  controllers: [MatcherBus],
  providers: [
    { provide: DIALECTS, useValue: dialects },
    { provide: SURROUNDINGS, inject: [MESSAGE_BUS, CLOCK, LOG, METRICS], useFactory: lookAround },
    { provide: WEBHOOKS, inject: [DIALECTS, MESSAGE_BUS, SURROUNDINGS], useFactory: openWebhooks },
    { provide: EVENTS, inject: [READ_MODELS], useFactory: (models: ReadModels) => models.collection<EventDocument>(eventsCollection) },
    {
      provide: KNOWN_EVENTS,
      inject: [EVENTS, MatcherSettings],
      useFactory: (events: Collection<EventDocument>, { eventDays }: MatcherSettings) => knownEvents(events, eventDays * dayMs),
    },
    {
      provide: MATCH_BATCH,
      inject: [WEBHOOKS, KNOWN_EVENTS, SURROUNDINGS],
      useFactory: (webhooks: Webhooks, known: KnownEvents, { clock, metrics, partitions }: Surroundings) =>
        commitPieces(matchBatch({ ...webhooks, known, clock, metrics, partitions: partitions.events })),
    },
    {
      provide: EXPLAIN,
      inject: [MESSAGE_BUS, WEBHOOKS, SURROUNDINGS, MatcherSettings],
      useFactory: (bus: MessageBus, webhooks: Webhooks, { partitions }: Surroundings, { explainedWebhooks }: MatcherSettings) =>
        explain({ ...webhooks, bus, partitions }, explainedWebhooks),
    },
    {
      provide: SWEEPS,
      inject: [EVENTS, SURROUNDINGS, MatcherSettings],
      useFactory: (events: Collection<EventDocument>, { clock, log }: Surroundings, { eventSweepSeconds }: MatcherSettings) =>
        sweepExpired([events], { clock, log, everyMs: eventSweepSeconds * 1_000 }),
    },
  ],
})
export class MatcherModule implements OnApplicationShutdown {
  constructor(
    @Inject(WEBHOOKS) private readonly webhooks: Webhooks,
    @Inject(SWEEPS) private readonly sweeps: Sweeps,
  ) {}

  /** After the transport has drained: a batch in hand may still wait for the webhooks. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.webhooks.follower.stop(), this.sweeps.stop()]);
  }
}

async function lookAround(bus: MessageBus, clock: Clock, log: Log, metrics: Metrics): Promise<Surroundings> {
  const [events, webhooks, deliveries] = await Promise.all([bus.partitions(topics.events), bus.partitions(topics.webhooks), bus.partitions(topics.deliveries)]);
  return { clock, log, metrics: matcherMetrics(metrics), partitions: { events, webhooks, deliveries } };
}

/** Nothing is matched before every webhook there is has been read. */
async function openWebhooks(known: readonly AnyDialect[], bus: MessageBus, { clock, log, metrics, partitions }: Surroundings): Promise<Webhooks> {
  const index = webhookIndex(known, { partitions: partitions.deliveries, log, metrics });
  return { index, follower: await followWebhooks(bus, index, { clock, log }) };
}
