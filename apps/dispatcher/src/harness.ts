/**
 * A dispatcher on the in-memory engine, for specs.
 * Real: everything of the dispatcher but the network; the engine's groups, positions and due queue. Doubled: time (moved by hand),
 * the sender (endpoints are functions), the dialect (bodies go out as they are), secrets (opened by cutting a prefix off).
 * May be asserted: what endpoints saw, what stands in `attempts` and `commands`, what waits in the due queue, committed positions.
 * A crash lets nothing of an instance have any effect afterwards; the engine lives on.
 */
import { memoryEngine, type MemoryEngine } from '@hookyard/adapter-memory';
import { retryPolicy } from '@hookyard/delivery';
import type { AnyDialect, RenderedRequest } from '@hookyard/dialect';
import {
  type AttemptRecord, deliveryId, type DeliveriesHead, type DeliveryOrder, frame, type Outcome, topics, type WebhookRecord,
} from '@hookyard/event-schemas';
import type { Consumption, DueQueue, Message, MessageBus } from '@hookyard/ports';
import { manualClock, type ManualClock } from '@hookyard/ports/testing';
import { createLog } from '@hookyard/runtime';
import { createDispatcher, type DispatcherOptions } from './dispatcher.ts';
import { noMeter } from './meter.ts';
import type { Sender } from './net/sender.ts';

export type Arrival = { readonly webhookId: string; readonly deliveryId: string; readonly attempt: number; readonly body: string; readonly at: number; readonly headers: RenderedRequest['headers'] };

/** What an endpoint does with a request: how long it takes, and what it answers. */
export type Endpoint = (arrival: Arrival) => { readonly afterMs?: number; readonly status?: number; readonly outcome?: Outcome; readonly hold?: Promise<void> };

export type World = {
  readonly clock: ManualClock;
  readonly engine: MemoryEngine;
  readonly arrivals: Arrival[];
  readonly endpoints: Map<string, Endpoint>;
  /** Most requests that were away at once, over all webhooks and instances. */
  mostAway(): number;
  webhook(id: string, change?: Partial<WebhookRecord> & { readonly schedule?: readonly number[] }): Promise<void>;
  removeWebhook(id: string): Promise<void>;
  /** Publishes one event for these webhooks; answers the delivery ids. */
  deliver(event: number, webhookIds: readonly string[], order?: Partial<DeliveryOrder>): Promise<readonly string[]>;
  start(options?: Partial<DispatcherOptions> & { readonly spark?: Spark }): Promise<Instance>;
  /** What stands in `attempts`. */
  records(): readonly AttemptRecord[];
  commands(): Promise<readonly unknown[]>;
  /** Moves time on in small steps until the condition holds. */
  run(condition: () => boolean | Promise<boolean>, options?: { readonly stepMs?: number; readonly steps?: number }): Promise<void>;
  /** Lets everything happen that can without time moving on. */
  settle(): Promise<void>;
};

/** Asked before each effect on the engine: `before` or `after` it the instance crashes. */
export type Spark = () => 'before' | 'after' | null;

export type Instance = {
  readonly hasCrashed: () => boolean;
  crash(): Promise<void>;
  stop(): Promise<void>;
};

export const partitions = 2;
/** The partition that a webhook of the harness lies in: the digit at the end of its name. */
export const partitionOfWebhook = (webhookId: string): number => Number(webhookId.at(-1)) % partitions;

export const never = new Promise<never>(() => undefined);

export const responded = (status: number, headers: Readonly<Record<string, string>> = {}): Outcome => ({
  kind: 'responded', status, headers, body: '', bodyEncoding: 'utf8', bodyTruncated: false,
});

type Definition = { readonly url: string; readonly schedule: readonly number[] };

const dialect: AnyDialect = {
  name: 'plain',
  parse(definition: unknown) {
    if ((definition as Definition).url === 'broken') throw new Error('broken');
    return definition;
  },
  summarize: () => ({ name: '', url: '', eventTypes: [], labels: {} }),
  catalogue: [],
  compile: () => ({ types: ['*'] }),
  render: ({ definition, event, delivery, secrets }) => ({
    method: 'POST',
    url: (definition as Definition).url,
    headers: [
      { name: 'webhook-id', value: delivery.id },
      { name: 'attempt', value: String(delivery.attempt) },
      { name: 'secrets', value: secrets.join(','), redact: true },
    ],
    body: event.data,
  }),
  policy: (definition: Definition) => retryPolicy({ timeoutMs: 15_000, schedule: definition.schedule, jitter: 0 }),
};

export async function createWorld(): Promise<World> {
  const clock = manualClock();
  const engine = memoryEngine({ clock });
  const { bus } = engine;
  await bus.declare([topics.deliveries, topics.attempts, topics.webhooks, topics.commands, topics.deadLetters].map((name) => ({ name, partitions, compacted: name === topics.webhooks })));
  const arrivals: Arrival[] = [];
  const endpoints = new Map<string, Endpoint>();
  let away = 0;
  let mostAway = 0;

  const sender: Sender = {
    async send(request) {
      const header = (wanted: string) => request.headers.find(({ name }) => name === wanted)?.value ?? '';
      const arrival: Arrival = {
        webhookId: request.url, deliveryId: header('webhook-id'), attempt: Number(header('attempt')), body: request.body.toString(), at: clock.now(), headers: request.headers,
      };
      arrivals.push(arrival);
      mostAway = Math.max(mostAway, (away += 1));
      const { afterMs = 0, status = 200, outcome = responded(status), hold } = endpoints.get(request.url)?.(arrival) ?? {};
      if (afterMs > 0) await new Promise<void>((resolve) => void clock.after(afterMs, resolve));
      await hold;
      away -= 1;
      return { outcome, durationMs: afterMs };
    },
    close: async () => undefined,
  };

  async function settleDown(): Promise<void> {
    for (let turn = 0; turn < 12; turn += 1) await new Promise(setImmediate);
  }

  const records: AttemptRecord[] = [];
  await bus.follow({
    topic: topics.attempts,
    from: 'beginning',
    handle: (messages) => messages.forEach(({ value }) => void records.push(JSON.parse(value?.toString() ?? '') as AttemptRecord)),
  });

  async function all(topic: string): Promise<readonly Message[]> {
    const ends = await bus.offsets(topic);
    return (await Promise.all(ends.map(({ partition }) => bus.read({ topic, partition, offset: 0 }, 1_000_000)))).flat();
  }

  return {
    clock,
    engine,
    arrivals,
    endpoints,
    mostAway: () => mostAway,
    async webhook(id, { schedule = [], ...change } = {}) {
      const record: WebhookRecord = {
        id, project: 'default', dialect: 'plain', revision: 0, status: 'enabled', definition: { url: id, schedule }, secrets: [], createdAt: 0, updatedAt: 0, ...change,
      };
      await bus.publish([{ topic: topics.webhooks, key: id, partition: 0, value: Buffer.from(JSON.stringify(record)) }]);
    },
    async removeWebhook(id) {
      await bus.publish([{ topic: topics.webhooks, key: id, partition: 0, value: null }]);
    },
    async deliver(event, webhookIds, order = {}) {
      const eventId = `evt_${event}`;
      for (let partition = 0; partition < partitions; partition += 1) {
        const ids = webhookIds.filter((webhookId) => partitionOfWebhook(webhookId) === partition);
        if (ids.length === 0) continue;
        const head: DeliveriesHead = {
          event: { id: String(event), source: '/test', type: 'test.happened', project: 'default', subject: `thing/${event}`, traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
          eventId, origin: { partition: 0, offset: event }, sequence: event + 1, acceptedAt: clock.now(), matchedAt: clock.now(),
          deliveries: ids.map((webhookId) => ({ id: deliveryId(eventId, webhookId), webhookId, webhookRevision: 0, ...order })),
        };
        await bus.publish([{ topic: topics.deliveries, partition, key: eventId, value: frame(head, Buffer.from(`{"n": ${event}}`)) }]);
      }
      return webhookIds.map((webhookId) => deliveryId(eventId, webhookId));
    },
    async start({ spark = () => null, ...overrides } = {}) {
      const fuse = { isBlown: false, blow: (): void => undefined };
      const blown = new Promise<never>((_, reject) => (fuse.blow = () => reject(new Error('crashed'))));
      blown.catch(() => undefined);
      const crash = (): void => {
        fuse.isBlown = true;
        fuse.blow();
      };
      /** Passes on while the instance lives; a dead one waits for ever. */
      const guarded = <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) => async (...args: Args): Promise<Result> => {
        if (fuse.isBlown) return never;
        const when = spark();
        if (when === 'before') crash();
        if (fuse.isBlown) return never;
        const result = await call(...args);
        if (when === 'after') crash();
        return fuse.isBlown ? never : result;
      };
      const itsBus: MessageBus = { ...bus, publish: guarded(bus.publish) };
      const itsDue: DueQueue = { ...engine.dueQueue, put: guarded(engine.dueQueue.put), complete: guarded(engine.dueQueue.complete) };
      const itsSender: Sender = { send: (...args) => (fuse.isBlown ? never : sender.send(...args)), close: async () => undefined };
      const dispatcher = createDispatcher({
        bus: itsBus, due: itsDue, clock, sender: itsSender, dialects: [dialect], random: () => 0.5, meter: noMeter, drainMs: 8_000,
        box: { open: (sealed) => sealed.replace('sealed:', '') }, log: createLog({ level: 'silent' }),
        limits: { concurrency: 16, laneConcurrency: 4, laneMemory: 16, memoryBytes: 10_000_000, patienceMs: 1_000 },
        ...overrides,
      });
      const itsConsumption = (consumption: Consumption): Consumption => ({ ...consumption, commit: guarded(consumption.commit) });
      const consumption = await bus.consume({
        group: 'dispatcher', topics: [topics.deliveries], commit: 'manual',
        handle: (batch) => Promise.race([blown, dispatcher.handle(batch)]),
        onAssigned: (owned, through) => Promise.race([blown, dispatcher.assigned({ partitions: owned, consumption: itsConsumption(through) })]),
        onRevoked: (owned, through) => (fuse.isBlown ? Promise.resolve() : dispatcher.revoked({ partitions: owned, consumption: itsConsumption(through) })),
      });
      return {
        hasCrashed: () => fuse.isBlown,
        async crash() {
          crash();
          await consumption.stop();
        },
        async stop() {
          await consumption.stop();
          await dispatcher.close();
        },
      };
    },
    records: () => records,
    commands: async () => (await all(topics.commands)).map(({ value }) => JSON.parse(value?.toString() ?? '') as unknown),
    async run(condition, { stepMs = 10, steps = 20_000 } = {}) {
      for (let step = 0; step < steps; step += 1) {
        for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
        if (await condition()) return;
        clock.advance(stepMs);
      }
      throw new Error(`not so after ${steps} steps of ${stepMs} ms: ${condition.toString()}`);
    },
    settle: settleDown,
  };
}
