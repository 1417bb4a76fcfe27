import type { Outcome } from '@hookyard/event-schemas';
import type { DeliveryPolicy, FailedAttempt } from './policy.ts';
import { retryAfter } from './retry-after.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/**
 * Waits between attempts, milliseconds: ten attempts over about three days.
 * Source: Standard Webhooks 1.0.0, "Deliverability and reliability", recommended retry schedule.
 */
export const standardScheduleMs: readonly number[] = [
  5 * second, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour,
];

/** A receiver cannot ask for a longer pause than this. */
export const longestRetryAfterMs = 24 * hour;

export type RetryPolicyOptions = {
  /** Whole time for one attempt, milliseconds. */
  readonly timeoutMs: number;
  /** Waits after the first, second, … failed attempt, milliseconds; when they are used up, the delivery has failed. @default standardScheduleMs */
  readonly schedule?: readonly number[];
  /** Each wait is stretched or shortened by up to this share of itself. @default 0.1 */
  readonly jitter?: number;
  /** @default 0 */
  readonly maxRedirects?: number;
  /** Which answers are success. @default 200–299 */
  readonly accepts?: (status: number) => boolean;
  /** Answers that say the endpoint is gone for good: no retry, and the webhook is disabled. @default 410 alone */
  readonly goneStatuses?: readonly number[];
  /** Which failures are worth another attempt. @default all but those where nothing was sent: trying again changes nothing there */
  readonly retries?: (outcome: Outcome) => boolean;
  /** Longest pause that `Retry-After` may ask for, milliseconds; 0 ignores the header. @default 24 h */
  readonly longestRetryAfterMs?: number;
};

/** A policy that follows a schedule; `Retry-After` can only make a wait longer. */
export function retryPolicy(options: RetryPolicyOptions): DeliveryPolicy {
  const {
    timeoutMs,
    schedule = standardScheduleMs,
    jitter = 0.1,
    maxRedirects = 0,
    accepts = (status) => status >= 200 && status < 300,
    goneStatuses = [410],
    retries = (outcome) => outcome.kind !== 'not_sent',
    longestRetryAfterMs: longestPauseMs = longestRetryAfterMs,
  } = options;
  const isGone = (outcome: Outcome): boolean => outcome.kind === 'responded' && goneStatuses.includes(outcome.status);

  return {
    timeoutMs,
    maxRedirects,
    judge: (outcome) => (outcome.kind === 'responded' && accepts(outcome.status) ? 'succeeded' : 'failed'),
    next(failure) {
      if (isGone(failure.outcome)) return { giveUp: 'gone' };
      if (!retries(failure.outcome)) return { giveUp: 'not_retryable' };
      const waitMs = schedule[failure.attempts - 1];
      if (waitMs === undefined) return { giveUp: 'attempts_exhausted' };
      const scheduled = failure.now + Math.round(waitMs * (1 + jitter * (2 * failure.random - 1)));
      return { retryAt: Math.max(scheduled, askedFor(failure, longestPauseMs)) };
    },
    disables: (outcome) => (isGone(outcome) ? 'gone' : null),
  };
}

function askedFor({ outcome, now }: FailedAttempt, longestPauseMs: number): number {
  if (outcome.kind !== 'responded') return now;
  const header = Object.entries(outcome.headers).find(([name]) => name.toLowerCase() === 'retry-after');
  const asked = header === undefined ? null : retryAfter(header[1], now);
  return Math.min(asked ?? now, now + longestPauseMs);
}
