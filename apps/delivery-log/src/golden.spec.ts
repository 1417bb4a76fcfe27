/** What the history makes of the golden messages and facts. */
import { readdirSync, readFileSync } from 'node:fs';
import { memoryEventStore } from '@hookyard/adapter-memory';
import { ledgerStream, type AttemptRecord, type DeliveriesHead, type LedgerFact } from '@hookyard/event-schemas';
import { deliveryProjections } from './delivery-projection.ts';
import { entryOf, ledger } from './ledger.ts';

const folder = new URL('../../../libs/event-schemas/golden/', import.meta.url);
const golden = <Type>(name: string): Type => JSON.parse(readFileSync(new URL(`${name}.v1.json`, folder), 'utf8')) as Type;
const { ordered, ended, attempted } = deliveryProjections(1_000);
const records = readdirSync(folder).filter((file) => /^(Attempted|Cancelled)\./.test(file)).map((file) => file.replace('.v1.json', ''));

describe('the golden messages', () => {
  it('of deliveries become pending ones, also those sent again', () => {
    const writes = ordered(golden<DeliveriesHead>('DeliveriesHead'));
    expect(writes.map(({ revision, document }) => [revision, document.status, document.attempts])).toEqual([[1, 'pending', 0], [10, 'pending', 3], [1, 'pending', 0]]);
    expect(writes[0]?.document).toMatchObject({ project: 'shop', eventType: 'order.placed', subject: 'orders/7', source: '/checkout', sourceEventId: 'order-7', sequence: 4712 });
  });

  it.each(records)('of attempts become documents: %s', (name) => {
    const record = golden<AttemptRecord>(name);
    const [delivery] = ended(record);
    expect(delivery?.document).toMatchObject({ id: record.deliveryId, status: record.status, attempts: record.attempt, subject: 'orders/7' });
    expect(attempted(record)).toHaveLength(record.record === 'attempted' ? 1 : 0);
    expect(entryOf(record)?.status ?? 'retrying').toBe(record.status);
  });
});

it('the ledger goes on after a golden fact', async () => {
  const store = memoryEventStore();
  const before = golden<LedgerFact>('DeliveriesEnded');
  await store.append(ledgerStream('shop'), [{ ...before, id: '00000000-0000-4000-8000-000000000000' }], 'no_stream');
  const record = golden<AttemptRecord>('Cancelled');
  await ledger(store, 10).write(5, [{ offset: 1_207, record }, { offset: 1_208, record }]);
  const [, after] = await store.read(ledgerStream('shop'));
  expect(after).toMatchObject({ type: 'DeliveriesEnded', data: { entries: [{ status: 'cancelled' }] }, metadata: { covered: { 0: 88, 5: 1_208 } } });
  await store.close();
});
