import {
  attemptId,
  deliveryRevision,
  unreachable,
  type AttemptDocument,
  type AttemptRecord,
  type DeliveriesHead,
  type DeliveryDocument,
  type DeliveryOrder,
  type Outcome,
} from '@hookyard/event-schemas';
import type { ProjectedWrite, Projection } from '@hookyard/event-sourcing';

type Attempted = Extract<AttemptRecord, { record: 'attempted' }>;

/** What history shows of messages of `deliveries` and `attempts`, in whichever order they come. Kept `retentionMs` after the last thing that happened. */
export type DeliveryProjections = {
  readonly ordered: Projection<DeliveriesHead, DeliveryDocument>;
  readonly ended: Projection<AttemptRecord, DeliveryDocument>;
  readonly attempted: Projection<AttemptRecord, AttemptDocument>;
};

export function deliveryProjections(retentionMs: number): DeliveryProjections {
  return {
    ordered: (head) =>
      head.deliveries.map((order) => ({
        id: order.id,
        revision: deliveryRevision.ordered(order.redelivery?.attemptsBefore ?? 0),
        document: pending(head, order),
        expiresAt: (order.redelivery?.requestedAt ?? head.matchedAt) + retentionMs,
      })),
    ended: (record) => [
      {
        id: record.deliveryId,
        revision: deliveryRevision[record.record](record.attempt),
        document: afterRecord(record),
        expiresAt: (record.record === 'attempted' ? endOf(record) : record.at) + retentionMs,
      },
    ],
    attempted: (record) => (record.record === 'attempted' ? [attemptWrite(record, retentionMs)] : []),
  };
}

/** Why an attempt did not succeed, in one word: `http_503`, `timed_out`, `connection_failed`, `not_sent`. */
export function failureOf(outcome: Outcome): string {
  return outcome.kind === 'responded' ? `http_${outcome.status}` : outcome.kind;
}

export const endOf = ({ startedAt, durationMs }: Attempted): number => startedAt + durationMs;

function pending({ event, eventId, origin, sequence, matchedAt }: DeliveriesHead, { id, webhookId, webhookRevision, redelivery }: DeliveryOrder): DeliveryDocument {
  return {
    id,
    project: event.project,
    webhookId,
    webhookRevision,
    eventId,
    eventType: event.type,
    ...(event.subject === undefined ? {} : { subject: event.subject }),
    source: event.source,
    sourceEventId: event.id,
    origin,
    sequence,
    status: 'pending',
    attempts: redelivery?.attemptsBefore ?? 0,
    createdAt: matchedAt,
    ...(redelivery === undefined ? {} : { requestId: redelivery.requestId }),
  };
}

function afterRecord(record: AttemptRecord): DeliveryDocument {
  const { deliveryId, webhookId, webhookRevision, project, eventId, eventType, eventSource, eventSubject, sourceEventId, origin, sequence, createdAt } = record;
  return {
    id: deliveryId,
    project,
    webhookId,
    webhookRevision,
    eventId,
    eventType,
    ...(eventSubject === undefined ? {} : { subject: eventSubject }),
    source: eventSource,
    sourceEventId,
    origin,
    sequence,
    createdAt,
    attempts: record.attempt,
    ...outcomeFields(record),
  };
}

function outcomeFields(record: AttemptRecord): Pick<DeliveryDocument, 'status'> & Partial<DeliveryDocument> {
  switch (record.record) {
    case 'cancelled':
      return { status: 'cancelled', endedAt: record.at, cancelReason: record.reason };
    case 'attempted': {
      const { status, startedAt, durationMs, nextAttemptAt, outcome } = record;
      return {
        status,
        lastAttemptAt: startedAt,
        durationMs,
        ...(status === 'retrying' ? {} : { endedAt: endOf(record) }),
        ...(nextAttemptAt === undefined ? {} : { nextAttemptAt }),
        ...(outcome.kind === 'responded' ? { lastStatusCode: outcome.status } : {}),
        ...(status === 'succeeded' ? {} : { lastFailure: failureOf(outcome) }),
      };
    }
    default:
      return unreachable(record);
  }
}

function attemptWrite(record: Attempted, retentionMs: number): ProjectedWrite<AttemptDocument> {
  const { deliveryId, project, webhookId, webhookRevision, attempt, trigger, requestedBy, startedAt, durationMs, request, outcome, status, nextAttemptAt } = record;
  const id = attemptId(deliveryId, attempt);
  const document: AttemptDocument = {
    id,
    deliveryId,
    project,
    webhookId,
    webhookRevision,
    attempt,
    trigger,
    ...(requestedBy === undefined ? {} : { requestedBy }),
    startedAt,
    durationMs,
    ...(request === undefined ? {} : { request }),
    outcome,
    status,
    ...(nextAttemptAt === undefined ? {} : { nextAttemptAt }),
  };
  // An attempt happens once: whatever is said of it later is a repeat.
  return { id, revision: 1, document, expiresAt: endOf(record) + retentionMs };
}
