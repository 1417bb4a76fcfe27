import { frame, type AttemptRecord, type DeliveriesHead, type DeliveryOrder, unframe } from '@hookyard/event-schemas';
import type { DueItem, Message } from '@hookyard/ports';
import type { Place } from './positions/settled.ts';

/** What the deliveries of one message have in common. */
export type JobHead = Omit<DeliveriesHead, 'deliveries'>;

/** One delivery in memory: what to send, and where it stands. */
export type Job = {
  /** The delivery id; for a delivery sent again on request, the id and the request. One key is one round of attempts. */
  readonly key: string;
  readonly partition: number;
  /** Of its message in `deliveries`. */
  readonly offset: number;
  readonly head: JobHead;
  readonly order: DeliveryOrder;
  readonly data: Buffer;
  /** Attempts made in this round. */
  readonly made: number;
  /** What it counts against the bound of memory, bytes. */
  readonly weight: number;
  /** Its message's place while it is not settled; null afterwards, and when it comes from the due queue. */
  place: Place | null;
  /** The due queue holds it, or will: when it ends it must be completed there. */
  isQueued: boolean;
  stage: 'waiting' | 'away' | 'recording';
};

/** A job without its data: the object, the parsed head, the entries that point to it (measured: about 1.2 kB). */
export const weightWithoutData = 1_200;

// Keeping a small view alive keeps the whole page of messages alive that it was read with.
const sparePart = 4;

/** The jobs of a message, none settled. Throws when the bytes are no message of `deliveries`. */
export function jobsOf(message: Message): readonly Job[] {
  if (message.value === null) throw new Error('a message of deliveries is empty');
  const { head: whole, body } = unframe<DeliveriesHead>(message.value);
  const { deliveries, ...head } = whole;
  const data = body.length * sparePart < body.buffer.byteLength ? Buffer.from(body) : body;
  const weight = weightWithoutData + Math.ceil(data.length / Math.max(deliveries.length, 1));
  return deliveries.map((order) => ({
    key: keyOf(order), partition: message.partition, offset: message.offset, head, order, data, made: 0, weight, place: null, isQueued: false, stage: 'waiting',
  }));
}

type ItemHead = DeliveriesHead & { readonly offset: number; readonly made: number };

/** Everything needed to send it, after `made` attempts: what waits in the due queue. */
export function dueItem(job: Job, made: number, dueAt: number): DueItem {
  const head: ItemHead = { ...job.head, deliveries: [job.order], offset: job.offset, made };
  return {
    id: job.key, partition: job.partition, lane: job.order.webhookId, dueAt, order: job.head.sequence, revision: made, value: frame(head, job.data),
  };
}

export function jobOfItem(item: DueItem): Job {
  const { head: whole, body } = unframe<ItemHead>(item.value);
  const { deliveries, offset, made, ...head } = whole;
  const [order] = deliveries;
  if (order === undefined) throw new Error(`the waiting work ${item.id} holds no delivery`);
  return {
    key: item.id, partition: item.partition, offset, head, order, data: body, made, weight: weightWithoutData + item.value.length, place: null, isQueued: true, stage: 'waiting',
  };
}

function keyOf({ id, redelivery }: DeliveryOrder): string {
  return redelivery === undefined ? id : `${id}:${redelivery.requestId}`;
}

/** Attempts made over all rounds. */
export const attemptsSoFar = (job: Job): number => (job.order.redelivery?.attemptsBefore ?? 0) + job.made;

/**
 * Header of the messages that the dispatcher writes to `attempts`: `<offset in deliveries>/<attempts made in this round>/<key>`.
 * What a record alone does not tell, and recovery needs.
 */
export const workHeader = 'hy-work';

export type WorkDone = { readonly key: string; readonly offset: number; readonly made: number };

export function workDone(job: Job, record: AttemptRecord): string {
  return `${job.offset}/${job.made + (record.record === 'attempted' ? 1 : 0)}/${job.key}`;
}

/** Null when the message was not written by a dispatcher. */
export function parseWorkDone(text: string | undefined): WorkDone | null {
  const [, offset, made, key] = /^(\d+)\/(\d+)\/(.+)$/.exec(text ?? '') ?? [];
  return key === undefined ? null : { key, offset: Number(offset), made: Number(made) };
}
