import { memoryEngine, type MemoryEngine } from '@hookyard/adapter-memory';
import { attemptsCollection, deliveriesCollection, ledgerStream, topics, type AttemptDocument, type DeliveryDocument } from '@hookyard/event-schemas';
import { manualClock } from '@hookyard/ports/testing';
import { deliveryProjections } from './delivery-projection.ts';
import { attempted, attemptsBatch, batchOf, cancelled, headValue, ordered, recordValue } from './harness.ts';
import { ledger } from './ledger.ts';
import { recordAttempts, recordDeliveries, type History, type RecordBatch } from './record-batches.ts';

// Real: projections, ledger, collections and streams (in memory). Doubled: batches, made by hand. May be asserted: documents, streams, outputs.

let engine: MemoryEngine;
let history: History;
let onDeliveries: RecordBatch;
let onAttempts: RecordBatch;

beforeEach(async () => {
  engine = memoryEngine({ clock: manualClock(10_000) });
  history = { deliveries: await engine.models.collection<DeliveryDocument>(deliveriesCollection), attempts: await engine.models.collection<AttemptDocument>(attemptsCollection) };
  const projections = deliveryProjections(100_000);
  onDeliveries = recordDeliveries(history, projections);
  onAttempts = recordAttempts(history, projections, ledger(engine.store, 10));
});
afterEach(() => engine.close());

const statusOf = async (id: string) => (await history.deliveries.get(id))?.document.status;
const endedCount = async () => (await engine.store.read(ledgerStream('shop'))).flatMap(({ data }) => (data as { entries: unknown[] }).entries).length;

describe('a batch of deliveries', () => {
  it('becomes pending documents, also thousands from few messages', async () => {
    const messages = Array.from({ length: 5 }, (_, message) =>
      headValue(ordered({}, { deliveries: Array.from({ length: 1_000 }, (__, place) => ({ id: `dlv_${message}_${place}`, webhookId: 'wh_1', webhookRevision: 0 })) })),
    );
    expect(await onDeliveries(batchOf(topics.deliveries, messages))).toEqual([]);
    expect(await history.deliveries.count([{ field: 'status', op: 'eq', value: 'pending' }])).toBe(5_000);
  });

  it('changes nothing that has gone further already', async () => {
    await onAttempts(attemptsBatch([attempted(1, 'succeeded')]));
    await onDeliveries(batchOf(topics.deliveries, [headValue(ordered())]));
    expect(await statusOf('dlv_1')).toBe('succeeded');
  });
});

describe('a batch of attempts', () => {
  it('becomes deliveries, attempts and the ledger', async () => {
    await onAttempts(attemptsBatch([attempted(1, 'retrying'), attempted(2, 'succeeded'), cancelled(0, { deliveryId: 'dlv_2' })]));
    expect([await statusOf('dlv_1'), await statusOf('dlv_2')]).toEqual(['succeeded', 'cancelled']);
    const found = await history.attempts.query({ where: [{ field: 'deliveryId', op: 'eq', value: 'dlv_1' }], sort: [['attempt', 'asc']], limit: 10 });
    expect(found.items.map(({ id }) => id)).toEqual(['dlv_1-1', 'dlv_1-2']);
    expect(await endedCount()).toBe(2);
  });

  it('that comes again changes nothing', async () => {
    const batch = attemptsBatch([attempted(1, 'succeeded'), cancelled(0, { deliveryId: 'dlv_2' })]);
    await onAttempts(batch);
    const before = await history.deliveries.query({ limit: 10 });
    await onAttempts(batch);
    expect(await history.deliveries.query({ limit: 10 })).toEqual(before);
    expect(await endedCount()).toBe(2);
  });

  it('costs one write for each collection, and no reads', async () => {
    const calls: string[] = [];
    const watched = <C extends object>(name: string, collection: C): C =>
      new Proxy(collection, { get: (target, method) => (...parts: unknown[]) => (calls.push(`${name}.${String(method)}`), (target as Record<string | symbol, (...given: unknown[]) => unknown>)[method]?.(...parts)) });
    const counted = { deliveries: watched('deliveries', history.deliveries), attempts: watched('attempts', history.attempts) };
    await recordAttempts(counted, deliveryProjections(1), ledger(engine.store, 10))(attemptsBatch([attempted(1, 'retrying'), attempted(2, 'succeeded')]));
    expect(calls).toEqual(['deliveries.upsert', 'attempts.upsert']);
  });
});

describe('a message that nobody can read', () => {
  it('is put aside with the reason, and the others are recorded', async () => {
    const values = [Buffer.from('{'), recordValue(attempted(1, 'succeeded')), null];
    const outputs = await onAttempts(batchOf(topics.attempts, values, { from: 7 }));
    expect(await statusOf('dlv_1')).toBe('succeeded');
    expect(outputs.map(({ topic, headers }) => [topic, headers?.['hy-dead-offset'], headers?.['hy-dead-group']])).toEqual([
      [topics.deadLetters, '7', 'delivery-log'],
      [topics.deadLetters, '9', 'delivery-log'],
    ]);
    expect(await onDeliveries(batchOf(topics.deliveries, [Buffer.from([0, 0, 1, 0])]))).toEqual([expect.objectContaining({ topic: topics.deadLetters })]);
  });
});
