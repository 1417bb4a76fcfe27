import type { DisabledReason, Outcome } from '@hookyard/event-schemas';

/** How a delivery is carried out and when it is tried again: pure decisions of a dialect over one definition. */
export type DeliveryPolicy = {
  /** Whole time for one attempt, milliseconds. */
  readonly timeoutMs: number;
  /** 0: a redirect is an answer like any other. */
  readonly maxRedirects: number;
  readonly judge: (outcome: Outcome) => 'succeeded' | 'failed';
  /** After a failed attempt: when to try again, or that this was the last. */
  readonly next: (failure: FailedAttempt) => { readonly retryAt: number } | { readonly giveUp: 'attempts_exhausted' | 'gone' | 'not_retryable' };
  /** Whether this outcome ends the webhook itself (410 Gone). */
  readonly disables: (outcome: Outcome) => DisabledReason | null;
};

export type FailedAttempt = {
  /** Attempts made so far, this one included: 1 or more. */
  readonly attempts: number;
  readonly outcome: Outcome;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Uniform in [0, 1): the jitter's die, thrown by the caller so that the decision stays pure. */
  readonly random: number;
};
