/** Messages of topics `deliveries` and `attempts` for specs: one delivery of one event, unless a spec says otherwise. */
import { frame, topics, type AttemptRecord, type DeliveriesHead, type DeliveryFacts, type DeliveryOrder, type Outcome } from '@hookyard/event-schemas';
import type { Batch, Message } from '@hookyard/ports';

export const facts: DeliveryFacts = {
  deliveryId: 'dlv_1', webhookId: 'wh_1', webhookRevision: 2, project: 'shop', eventId: 'evt_1', eventType: 'order.placed', eventSource: '/shop',
  eventSubject: 'orders/7', sourceEventId: '7', origin: { partition: 1, offset: 41 }, sequence: 42, createdAt: 1_000,
};

export const ok: Outcome = { kind: 'responded', status: 204, headers: { server: 'nginx' }, body: '', bodyEncoding: 'utf8', bodyTruncated: false };
export const unavailable: Outcome = { ...ok, status: 503, body: 'later' };
export const request = { method: 'POST', url: 'https://example.com/', headers: { 'webhook-id': 'dlv_1' }, bodySha256: 'ab', bodyBytes: 2 };

export type Attempted = Extract<AttemptRecord, { record: 'attempted' }>;

/** Attempt n starts at 2,000 × n and takes 50 ms. */
export function attempted(attempt: number, status: Attempted['status'], more: Partial<Attempted> = {}): Attempted {
  return {
    ...facts, record: 'attempted', attempt, trigger: attempt === 1 ? 'event' : 'retry', startedAt: attempt * 2_000, durationMs: 50, request,
    outcome: status === 'succeeded' ? ok : unavailable, status, ...(status === 'retrying' ? { nextAttemptAt: attempt * 2_000 + 2_000 } : {}), ...more,
  };
}

export function cancelled(attempt: number, more: Partial<DeliveryFacts> & { readonly at?: number } = {}): AttemptRecord {
  return { ...facts, record: 'cancelled', attempt, status: 'cancelled', reason: 'webhook_deleted', at: 9_000, ...more };
}

/** The message that orders the delivery, or orders it again. */
export function ordered(more: Partial<DeliveryOrder> = {}, head: Partial<DeliveriesHead> = {}): DeliveriesHead {
  return {
    event: { id: '7', source: '/shop', type: 'order.placed', subject: 'orders/7', project: 'shop' },
    eventId: 'evt_1', origin: facts.origin, sequence: 42, acceptedAt: 900, matchedAt: 1_000,
    deliveries: [{ id: 'dlv_1', webhookId: 'wh_1', webhookRevision: 2, ...more }],
    ...head,
  };
}

export const orderedAgain = (attemptsBefore: number, requestId = 'request-1'): DeliveriesHead =>
  ordered({ redelivery: { requestId, requestedBy: 'admin', requestedAt: 8_000, attemptsBefore } });

export const headValue = (head: DeliveriesHead): Buffer => frame(head, Buffer.from('{}'));
export const recordValue = (record: AttemptRecord): Buffer => Buffer.from(JSON.stringify(record));

/** A batch as the transport hands it over; offsets count on from `from`. */
export function batchOf(topic: string, values: readonly (Buffer | null)[], { partition = 0, from = 0 } = {}): Batch {
  const messages = values.map((value, at): Message => ({ topic, partition, offset: from + at, key: 'k', value, headers: {}, publishedAt: 0 }));
  return { topic, partition, messages, consumption: undefined as never };
}

export const attemptsBatch = (records: readonly AttemptRecord[], place: { readonly partition?: number; readonly from?: number } = {}): Batch =>
  batchOf(topics.attempts, records.map(recordValue), place);
