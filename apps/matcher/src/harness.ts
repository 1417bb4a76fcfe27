/**
 * A matcher on memory engines. Real: everything of this service, the bus, the read models, the runtime's table follower.
 * Doubled: the clock, which stands still, and the dialect `plain`, whose definition is what the index gets.
 * May be asserted: messages of topics, documents of `events_v1`, what the functions answer, lines of the log.
 */
import { memoryEngine, type MemoryEngine } from '@hookyard/adapter-memory';
import type { AnyDialect } from '@hookyard/dialect';
import { eventHeaders, eventsCollection, partitionOf, toEventHeaders, topics, unframe } from '@hookyard/event-schemas';
import type { DeliveriesHead, EventAttributes, EventDocument, WebhookRecord } from '@hookyard/event-schemas';
import type { CompiledWebhook } from '@hookyard/matching';
import type { Collection, Message, MessagePosition, OutgoingMessage } from '@hookyard/ports';
import { manualClock, type ManualClock } from '@hookyard/ports/testing';
import { createLog, createMetrics, type Log, type Metrics } from '@hookyard/runtime';
import { explain, type Explain } from './explain.ts';
import { knownEvents } from './known-events.ts';
import { matchBatch, type MatchBatch } from './match-batch.ts';
import { matcherMetrics } from './matcher-metrics.ts';
import { followWebhooks, type WebhookFollower } from './webhook-follower.ts';
import { webhookIndex } from './webhook-index.ts';

export const partitions = 4;
export const keepMs = 1_000_000;

export type MatcherUnderTest = { readonly match: MatchBatch; readonly explain: Explain; readonly follower: WebhookFollower };

export type World = {
  readonly engine: MemoryEngine;
  readonly clock: ManualClock;
  readonly events: Collection<EventDocument>;
  readonly metrics: Metrics;
  readonly logged: readonly Record<string, unknown>[];
  /** A matcher with an empty memory, as after a restart. */
  start(): Promise<MatcherUnderTest>;
  /** Publishes a webhook's record; absent fields are those of an enabled webhook for everything. */
  webhook(record: WebhookGiven): Promise<MessagePosition>;
  webhooks(records: readonly WebhookGiven[]): Promise<void>;
  removeWebhook(id: string, project?: string): Promise<void>;
  /** Publishes an event and answers it as a message. */
  event(attributes?: Partial<EventAttributes>, options?: EventOptions): Promise<Message>;
};

export type WebhookGiven = Partial<WebhookRecord> & { readonly id: string };

export type EventOptions = { readonly data?: unknown; readonly onlyWebhook?: string; readonly webhooksPosition?: string };

export async function createWorld(): Promise<World> {
  const clock = manualClock();
  const engine = memoryEngine({ clock });
  const { bus } = engine;
  const metrics = createMetrics();
  const logged: Record<string, unknown>[] = [];
  const log: Log = createLog({ level: 'warn', pretty: false, destination: { write: (line) => void logged.push(JSON.parse(line) as Record<string, unknown>) } });
  const withPartitions = [topics.events, topics.deliveries].map((name) => ({ name, partitions }));
  await bus.declare([...withPartitions, { name: topics.webhooks, partitions, compacted: true }, { name: topics.deadLetters, partitions: 1 }]);
  const events = await engine.models.collection<EventDocument>(eventsCollection);

  async function publish(message: OutgoingMessage): Promise<MessagePosition> {
    const [position] = await bus.publish([message]);
    return position as MessagePosition;
  }

  return {
    engine,
    clock,
    events,
    metrics,
    logged,
    async start() {
      const ownMetrics = matcherMetrics(metrics);
      const index = webhookIndex([plain], { partitions, log, metrics: ownMetrics });
      const follower = await followWebhooks(bus, index, { clock, log });
      const known = knownEvents(events, keepMs);
      return {
        follower,
        match: matchBatch({ index, follower, known, clock, metrics: ownMetrics, partitions }),
        explain: explain({ bus, index, follower, partitions: { events: partitions, webhooks: partitions } }, 100),
      };
    },
    webhook: (record) => publish(recordMessage(record)),
    async webhooks(records) {
      await bus.publish(records.map(recordMessage));
    },
    async removeWebhook(id, project = 'shop') {
      await publish(webhookMessage(id, project, null));
    },
    async event(changed = {}, { data = { amount: 1 }, onlyWebhook, webhooksPosition } = {}) {
      const attributes = { id: '1', source: '/test', type: 'order.created', project: 'shop', ...changed };
      const headers = {
        ...toEventHeaders(attributes),
        ...(onlyWebhook === undefined ? {} : { [eventHeaders.onlyWebhook]: onlyWebhook }),
        ...(webhooksPosition === undefined ? {} : { [eventHeaders.webhooksPosition]: webhooksPosition }),
      };
      const position = await publish({ topic: topics.events, key: attributes.project, value: Buffer.from(JSON.stringify(data)), headers });
      const [message] = await bus.read(position, 1);
      return message as Message;
    },
  };
}

function recordMessage(given: WebhookGiven): OutgoingMessage {
  const defaults = { project: 'shop', dialect: 'plain', revision: 0, status: 'enabled', definition: { types: ['*'] }, secrets: [], createdAt: 0, updatedAt: 0 } as const;
  const record: WebhookRecord = { ...defaults, ...given };
  return webhookMessage(record.id, record.project, Buffer.from(JSON.stringify(record)));
}

function webhookMessage(id: string, project: string, value: Buffer | null): OutgoingMessage {
  return { topic: topics.webhooks, key: id, partition: partitionOf(project, partitions), value };
}

/** Its definition is a compiled webhook; one with `explode` has a condition that throws. */
const plain = {
  name: 'plain',
  parse(definition: unknown) {
    if (typeof definition !== 'object' || definition === null || !('types' in definition)) throw new Error('no types are given');
    return definition;
  },
  compile: (definition: CompiledWebhook & { readonly explode?: boolean }): CompiledWebhook =>
    definition.explode === true ? { ...definition, predicate: { key: 'plain:explode', test: explode } } : definition,
} as unknown as AnyDialect;

function explode(): never {
  throw new Error('boom');
}

/** The heads and bodies of messages of topic `deliveries`. */
export function deliveries(outputs: readonly OutgoingMessage[]): readonly { readonly partition: number | undefined; readonly head: DeliveriesHead; readonly body: Buffer }[] {
  return outputs
    .filter(({ topic }) => topic === topics.deliveries)
    .map(({ partition, value }) => ({ partition, ...unframe<DeliveriesHead>(value as Buffer) }));
}

/** Who gets which event, as `producer's id → webhook`. */
export function pairs(outputs: readonly OutgoingMessage[]): readonly string[] {
  return deliveries(outputs)
    .flatMap(({ head }) => head.deliveries.map(({ webhookId }) => `${head.event.id} → ${webhookId}`))
    .sort();
}
