import type { CancelReason } from './delivery-messages.ts';

/** The stream in which a project's deliveries are accounted for. */
export const ledgerStream = (project: string): string => `${ledgerStreamPrefix}${project}`;
export const ledgerStreamPrefix = 'ledger-';

/** What ended how: no payloads, no addresses. Kept when the details have expired. Times are milliseconds since the epoch. */
export type LedgerEntry = {
  readonly deliveryId: string;
  readonly webhookId: string;
  /** Revision of the definition that the last attempt was made with. */
  readonly webhookRevision: number;
  readonly eventId: string;
  readonly eventType: string;
  readonly sequence: number;
  readonly status: 'succeeded' | 'failed' | 'cancelled';
  readonly attempts: number;
  /** SHA-256 of the body as last sent, hex; absent when nothing was. */
  readonly bodySha256?: string;
  readonly statusCode?: number;
  /** See `lastFailure` of the delivery's document. */
  readonly failure?: string;
  readonly cancelReason?: CancelReason;
  readonly createdAt: number;
  readonly endedAt: number;
};

/** One append for all of a batch that concerns the project. */
export type LedgerFact = {
  readonly type: 'DeliveriesEnded';
  readonly data: { readonly project: string; readonly entries: readonly LedgerEntry[] };
  readonly metadata: LedgerMeta;
};

/** `covered`: for each partition of topic `attempts`, the last offset that the stream accounts for up to here. */
export type LedgerMeta = { readonly covered: Readonly<Record<string, number>> };
