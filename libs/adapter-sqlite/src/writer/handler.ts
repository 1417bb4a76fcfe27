import type { FaultCode, FaultDetails } from '@hookyard/event-schemas';
import type { Packer, Unpacker } from '../wire/bytes.ts';

/**
 * Carries out one request inside the transaction of its group. It refuses (throws `Refused`) only before it has written anything,
 * so that a refused request leaves no trace and harms none of its group.
 */
export type Handler = (request: Unpacker, answer: Packer, now: number) => void;

/** Crosses to the main thread as a value and becomes a `Fault` there. */
export class Refused extends Error {
  constructor(
    readonly code: FaultCode,
    readonly details: FaultDetails,
  ) {
    super(code);
  }
}

/** What a handler keeps in memory between requests; forgotten when a transaction is rolled back. */
export interface Remembering {
  /** Writes what belongs to the transaction that is about to be committed. */
  flush(): void;
  forget(): void;
}
