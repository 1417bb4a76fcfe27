import type { CancelReason, DeliveryStatus, Outcome, SentRequest } from './delivery-messages.ts';

/**
 * Read model `deliveries_v1`: one document for each delivery, id = delivery id. Written by delivery-log alone.
 * Its revision is that of `deliveryRevision`, so that it does not matter in which order messages arrive.
 */
export const deliveriesCollection = {
  name: 'deliveries_v1',
  fields: {
    project: 'string',
    webhookId: 'string',
    eventId: 'string',
    eventType: 'string',
    status: 'string',
    sequence: 'number',
    createdAt: 'number',
  },
  indexes: [
    [['project', 'asc'], ['createdAt', 'desc']],
    [['project', 'asc'], ['status', 'asc'], ['createdAt', 'desc']],
    [['webhookId', 'asc'], ['createdAt', 'desc']],
    [['eventId', 'asc'], ['createdAt', 'desc']],
  ],
} as const;

/** Times are milliseconds since the epoch. What is absent has not happened (in this round, when it was sent again). */
export type DeliveryDocument = {
  readonly id: string;
  readonly project: string;
  readonly webhookId: string;
  readonly webhookRevision: number;
  readonly eventId: string;
  readonly eventType: string;
  readonly subject?: string;
  /** The event's source, and the producer's id of it. */
  readonly source: string;
  readonly sourceEventId: string;
  /** Place of the event in topic `events`. */
  readonly origin: { readonly partition: number; readonly offset: number };
  readonly sequence: number;
  readonly status: DeliveryStatus;
  /** The number of the last attempt; see `attemptsBefore` for how numbers go on when it is sent again. */
  readonly attempts: number;
  readonly createdAt: number;
  readonly lastAttemptAt?: number;
  readonly nextAttemptAt?: number;
  readonly endedAt?: number;
  readonly lastStatusCode?: number;
  /** Why the last attempt failed: an HTTP status as `http_503`, or the kind of failure as `timed_out`. */
  readonly lastFailure?: string;
  /** Of the last attempt. */
  readonly durationMs?: number;
  readonly cancelReason?: CancelReason;
  /** With `pending`, when somebody asked for it to be sent again: the command that did. */
  readonly requestId?: string;
};

/** Read model `attempts_v1`: one document for each attempt, with what went out and what came back. */
export const attemptsCollection = {
  name: 'attempts_v1',
  fields: { deliveryId: 'string', attempt: 'number' },
  indexes: [[['deliveryId', 'asc'], ['attempt', 'asc']]],
} as const;

export type AttemptDocument = {
  readonly id: string;
  readonly deliveryId: string;
  readonly project: string;
  readonly webhookId: string;
  readonly webhookRevision: number;
  readonly attempt: number;
  readonly trigger: 'event' | 'retry' | 'redelivery' | 'ping';
  readonly requestedBy?: string;
  readonly startedAt: number;
  readonly durationMs: number;
  /** Absent when nothing was sent. */
  readonly request?: SentRequest;
  readonly outcome: Outcome;
  readonly status: 'retrying' | 'succeeded' | 'failed';
  readonly nextAttemptAt?: number;
};

export const attemptId = (deliveryId: string, attempt: number): string => `${deliveryId}-${attempt}`;

/**
 * The revision of a delivery's document, growing along its life: ordered after n attempts < n + 1 attempted < cancelled after n + 1.
 * Sent again after attempt n ended it: ordered with `attemptsBefore` n. A cancellation takes a number of its own:
 * sent again after that, it is n + 1, so that a second cancellation is newer than the first.
 */
export const deliveryRevision = {
  ordered: (attemptsBefore: number): number => 3 * attemptsBefore + 1,
  attempted: (attempt: number): number => 3 * attempt,
  cancelled: (attempt: number): number => 3 * attempt + 2,
} as const;

/** `attemptsBefore` of the order that sends an ended delivery again. */
export function attemptsBeforeRedelivery(delivery: Pick<DeliveryDocument, 'status' | 'attempts'>): number {
  return delivery.status === 'cancelled' ? delivery.attempts + 1 : delivery.attempts;
}
