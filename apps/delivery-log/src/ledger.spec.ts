import { memoryEventStore } from '@hookyard/adapter-memory';
import { ledgerStream, type AttemptRecord, type LedgerFact } from '@hookyard/event-schemas';
import type { EventStore } from '@hookyard/ports';
import { attempted, cancelled, facts } from './harness.ts';
import { entryOf, ledger, type PlacedRecord } from './ledger.ts';

// Real: the ledger, the streams (in memory). Doubled: nothing. May be asserted: what the streams hold.

let store: EventStore;
beforeEach(() => {
  store = memoryEventStore();
});
afterEach(() => store.close());

const ended = (id: number, project = 'shop'): AttemptRecord => attempted(1, 'succeeded', { deliveryId: `dlv_${id}`, project });
const placed = (records: readonly AttemptRecord[], from = 0): readonly PlacedRecord[] => records.map((record, at) => ({ record, offset: from + at }));
const factsOf = async (project = 'shop') => (await store.read(ledgerStream(project))) as unknown as readonly LedgerFact[];
const accounted = async (project = 'shop') => (await factsOf(project)).flatMap(({ data }) => data.entries.map(({ deliveryId }) => deliveryId));

describe('the ledger', () => {
  it('accounts for what ended, one fact for each project and batch', async () => {
    await ledger(store, 10).write(0, placed([ended(1), ended(2, 'depot'), attempted(1, 'retrying'), ended(3)]));
    expect(await accounted()).toEqual(['dlv_1', 'dlv_3']);
    expect(await accounted('depot')).toEqual(['dlv_2']);
    expect((await factsOf()).map(({ metadata }) => metadata.covered)).toEqual([{ 0: 3 }]);
  });

  it('writes nothing for a batch in which nothing ended', async () => {
    await ledger(store, 10).write(0, placed([attempted(1, 'retrying')]));
    expect(await factsOf()).toEqual([]);
  });

  it('writes a batch once that comes again, in this process or another, whole or cut differently', async () => {
    const records = [1, 2, 3, 4].map((id) => ended(id));
    const first = ledger(store, 10);
    await first.write(0, placed(records.slice(0, 3)));
    await first.write(0, placed(records.slice(0, 3)));
    await ledger(store, 10).write(0, placed(records.slice(1, 4), 1));
    await ledger(store, 10).write(0, placed(records));
    expect(await accounted()).toEqual(['dlv_1', 'dlv_2', 'dlv_3', 'dlv_4']);
  });

  it('keeps the partitions of a project apart', async () => {
    const written = ledger(store, 10);
    await Promise.all([0, 1, 2, 3].map((partition) => written.write(partition, placed([ended(partition * 10), ended(partition * 10 + 1)]))));
    await Promise.all([0, 1, 2, 3].map((partition) => ledger(store, 10).write(partition, placed([ended(partition * 10), ended(partition * 10 + 1), ended(partition * 10 + 2)]))));
    expect((await accounted()).toSorted()).toEqual([0, 1, 2, 10, 11, 12, 20, 21, 22, 30, 31, 32].map((id) => `dlv_${id}`).toSorted());
    expect((await factsOf()).at(-1)?.metadata.covered).toEqual({ 0: 2, 1: 2, 2: 2, 3: 2 });
  });

  it('goes on after another process wrote into the same stream', async () => {
    const [one, other] = [ledger(store, 10), ledger(store, 10)];
    await one.write(0, placed([ended(1)]));
    await other.write(1, placed([ended(2)]));
    await one.write(0, placed([ended(3)], 1));
    await other.write(1, placed([ended(4)], 1));
    expect(await accounted()).toEqual(['dlv_1', 'dlv_2', 'dlv_3', 'dlv_4']);
  });

  it('does not write twice when an append was kept whose answer was lost', async () => {
    let lose = true;
    const losing: EventStore = {
      ...store,
      async append(...parts) {
        const appended = await store.append(...parts);
        if (lose) throw new Error('connection lost');
        return appended;
      },
    };
    const written = ledger(losing, 10);
    await expect(written.write(0, placed([ended(1)]))).rejects.toThrow('connection lost');
    lose = false;
    await written.write(0, placed([ended(1), ended(2)]));
    expect(await accounted()).toEqual(['dlv_1', 'dlv_2']);
  });

  it('knows where a project stands that it has forgotten', async () => {
    const written = ledger(store, 1);
    await written.write(0, placed([ended(1), ended(2, 'depot')]));
    await written.write(0, placed([ended(1), ended(2, 'depot'), ended(3), ended(4, 'depot')]));
    expect([await accounted(), await accounted('depot')]).toEqual([['dlv_1', 'dlv_3'], ['dlv_2', 'dlv_4']]);
  });
});

describe('an entry of the ledger', () => {
  const { deliveryId, webhookId, webhookRevision, eventId, eventType, sequence, createdAt } = facts;
  const entry = { deliveryId, webhookId, webhookRevision, eventId, eventType, sequence, createdAt };

  it('says what ended how, with hashes instead of payloads', () => {
    expect(entryOf(attempted(2, 'succeeded'))).toEqual({ ...entry, attempts: 2, status: 'succeeded', bodySha256: 'ab', statusCode: 204, endedAt: 4_050 });
    expect(entryOf(attempted(2, 'failed'))).toEqual({ ...entry, attempts: 2, status: 'failed', bodySha256: 'ab', statusCode: 503, failure: 'http_503', endedAt: 4_050 });
    expect(entryOf(cancelled(1))).toEqual({ ...entry, attempts: 1, status: 'cancelled', cancelReason: 'webhook_deleted', endedAt: 9_000 });
  });

  it('has no hash when nothing was sent', () => {
    const { request: _, ...notSent } = attempted(1, 'failed', { outcome: { kind: 'not_sent', code: 'address_denied', message: 'private' } });
    expect(entryOf(notSent)).toEqual({ ...entry, attempts: 1, status: 'failed', failure: 'not_sent', endedAt: 2_050 });
  });

  it('is none while the delivery goes on', () => expect(entryOf(attempted(1, 'retrying'))).toBeNull());
});
