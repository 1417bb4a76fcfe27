import type { EventAttributes } from './domain-event.ts';

/** The head of a message of topic `deliveries`; the body is the event's data. One event, the deliveries of one partition. */
export type DeliveriesHead = {
  readonly event: EventAttributes;
  /** Hookyard's id of the event: `evt_…`. */
  readonly eventId: string;
  /** Place of the event in topic `events`. */
  readonly origin: { readonly partition: number; readonly offset: number };
  /** Strictly increasing within the project, at most 2^53 − 1. */
  readonly sequence: number;
  /** When the event was accepted, and when it was matched; milliseconds since the epoch. */
  readonly acceptedAt: number;
  readonly matchedAt: number;
  readonly deliveries: readonly DeliveryOrder[];
};

/** One delivery to make. */
export type DeliveryOrder = {
  /** `dlv_…`, a pure function of event and webhook. */
  readonly id: string;
  readonly webhookId: string;
  /** Revision of the webhook that matched. */
  readonly webhookRevision: number;
  /** Present when somebody asked for it to be sent again: attempts count on from `attemptsBefore`. */
  readonly redelivery?: { readonly requestId: string; readonly requestedBy: string; readonly requestedAt: number; readonly attemptsBefore: number };
  /** Sent even though the webhook is disabled, and never retried: a ping. */
  readonly ping?: boolean;
};

export type DeliveryStatus = 'pending' | 'retrying' | 'succeeded' | 'failed' | 'cancelled';

/** What came back, or what prevented it. A value, never an exception. */
export type Outcome =
  | {
      readonly kind: 'responded';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      /** The first 16 KiB, as UTF-8 text or base64. */
      readonly body: string;
      readonly bodyEncoding: 'utf8' | 'base64';
      readonly bodyTruncated: boolean;
    }
  | { readonly kind: 'timed_out'; readonly stage: 'connect' | 'response' | 'body'; readonly afterMs: number }
  | { readonly kind: 'connection_failed'; readonly code: string; readonly message: string }
  /** The address guard or the renderer refused; nothing was sent. */
  | { readonly kind: 'not_sent'; readonly code: string; readonly message: string };

export type SentRequest = {
  readonly method: string;
  readonly url: string;
  /** Protected ones are shown as `[redacted]`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly bodySha256: string;
  readonly bodyBytes: number;
};

/** What every record of `attempts` says of its delivery: enough to build the read model from this message alone. */
export type DeliveryFacts = {
  readonly deliveryId: string;
  readonly webhookId: string;
  readonly webhookRevision: number;
  readonly project: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly eventSource: string;
  readonly eventSubject?: string;
  /** The producer's id of the event. */
  readonly sourceEventId: string;
  readonly origin: { readonly partition: number; readonly offset: number };
  readonly sequence: number;
  /** When the delivery came to be (matched); milliseconds since the epoch. */
  readonly createdAt: number;
};

/** The messages of topic `attempts` (JSON). `attempt` counts from 1; a cancellation carries the number of attempts made. */
export type AttemptRecord = DeliveryFacts &
  (
    | {
        readonly record: 'attempted';
        readonly attempt: number;
        readonly trigger: 'event' | 'retry' | 'redelivery' | 'ping';
        readonly requestedBy?: string;
        readonly startedAt: number;
        readonly durationMs: number;
        readonly request?: SentRequest;
        readonly outcome: Outcome;
        /** The delivery's state after this attempt. */
        readonly status: 'retrying' | 'succeeded' | 'failed';
        /** With `retrying`: when the next attempt falls due. */
        readonly nextAttemptAt?: number;
      }
    | { readonly record: 'cancelled'; readonly attempt: number; readonly status: 'cancelled'; readonly reason: CancelReason; readonly at: number }
  );

export type CancelReason = 'webhook_deleted' | 'webhook_disabled' | 'superseded';
