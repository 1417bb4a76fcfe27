import { unframe, type AttemptDocument, type AttemptRecord, type DeliveriesHead, type DeliveryDocument } from '@hookyard/event-schemas';
import { newestWrites, type ProjectedWrite } from '@hookyard/event-sourcing';
import type { Batch, Collection, Document, Message, OutgoingMessage, Outputs } from '@hookyard/ports';
import { deadLetter } from '@hookyard/runtime';
import type { DeliveryProjections } from './delivery-projection.ts';
import type { Ledger, PlacedRecord } from './ledger.ts';

/** The name of the service and of its consumer group. */
export const group = 'delivery-log';

export type History = {
  readonly deliveries: Collection<DeliveryDocument>;
  readonly attempts: Collection<AttemptDocument>;
};

export type RecordBatch = (batch: Omit<Batch, 'consumption'>) => Promise<Outputs>;

// One message may hold 1,000 deliveries, so a batch is stored in parts: this many documents at a time.
const maxWrites = 2_000;

/** Topic `deliveries`: each becomes a document in state `pending`. */
export function recordDeliveries({ deliveries }: History, { ordered }: DeliveryProjections): RecordBatch {
  return async ({ messages }) => {
    const { read, unreadable } = readAll(messages, headOf);
    let writes: ProjectedWrite<DeliveryDocument>[] = [];
    for (const { value } of read) {
      writes.push(...ordered(value));
      if (writes.length < maxWrites) continue;
      await store(deliveries, writes);
      writes = [];
    }
    await store(deliveries, writes);
    return unreadable;
  };
}

/** Topic `attempts`: the delivery's document, the attempt's, and what ended into the ledger. */
export function recordAttempts({ deliveries, attempts }: History, { ended, attempted }: DeliveryProjections, ledger: Ledger): RecordBatch {
  return async ({ partition, messages }) => {
    const { read, unreadable } = readAll(messages, (message) => JSON.parse(valueOf(message).toString('utf8')) as AttemptRecord);
    const records = read.map(({ value }) => value);
    const placed = read.map(({ message, value }): PlacedRecord => ({ offset: message.offset, record: value }));
    await Promise.all([store(deliveries, records.flatMap(ended)), store(attempts, records.flatMap(attempted)), ledger.write(partition, placed)]);
    return unreadable;
  };
}

async function store<D extends Document>(collection: Collection<D>, writes: readonly ProjectedWrite<D>[]): Promise<void> {
  if (writes.length > 0) await collection.upsert(newestWrites(writes));
}

function headOf(message: Message): DeliveriesHead {
  return unframe<DeliveriesHead>(valueOf(message)).head;
}

function valueOf({ value }: Message): Buffer {
  if (value === null) throw new Error('the message has no value');
  return value;
}

type Read<Value> = {
  readonly read: readonly { readonly message: Message; readonly value: Value }[];
  /** As dead letters. */
  readonly unreadable: readonly OutgoingMessage[];
};

/** What cannot be read today cannot be read tomorrow: it is put aside, and does not hold up what comes after it. */
function readAll<Value>(messages: readonly Message[], parse: (message: Message) => Value): Read<Value> {
  const read: { message: Message; value: Value }[] = [];
  const unreadable: OutgoingMessage[] = [];
  for (const message of messages) {
    try {
      read.push({ message, value: parse(message) });
    } catch (error) {
      unreadable.push(deadLetter(message, group, String(error)));
    }
  }
  return { read, unreadable };
}
