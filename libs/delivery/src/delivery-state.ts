import { unreachable, type AttemptRecord, type CancelReason, type DisabledReason, type Outcome } from '@hookyard/event-schemas';
import type { DeliveryPolicy } from './policy.ts';

/** Where a delivery stands. `attempts` counts those made, over all redeliveries. */
export type DeliveryState =
  | { readonly status: 'pending'; readonly attempts: 0 }
  | { readonly status: 'retrying'; readonly attempts: number; readonly nextAttemptAt: number }
  | { readonly status: 'succeeded' | 'failed'; readonly attempts: number }
  | { readonly status: 'cancelled'; readonly attempts: number; readonly reason: CancelReason };

export const pendingDelivery: DeliveryState = { status: 'pending', attempts: 0 };

/** Ended deliveries move again only when somebody asks for a redelivery. */
export function hasEnded(state: DeliveryState): boolean {
  return state.status !== 'pending' && state.status !== 'retrying';
}

/**
 * The state after a record of topic `attempts`. A record that is not newer than the state changes nothing,
 * so that repeats and late arrivals are harmless: records of one delivery may be applied in any order, any number of times.
 * A later attempt of an ended delivery is a redelivery and replaces its outcome; a cancelled redelivery leaves the outcome as it was.
 */
export function advance(state: DeliveryState, record: AttemptRecord): DeliveryState {
  switch (record.record) {
    case 'attempted':
      return record.attempt > state.attempts ? attempted(record) : state;
    case 'cancelled':
      if (record.attempt < state.attempts || (hasEnded(state) && record.attempt === state.attempts)) return state;
      return { status: 'cancelled', attempts: record.attempt, reason: record.reason };
    default:
      return unreachable(record);
  }
}

function attempted(record: Extract<AttemptRecord, { record: 'attempted' }>): DeliveryState {
  if (record.status !== 'retrying') return { status: record.status, attempts: record.attempt };
  // A record without a time is due at once: better an early attempt than one that never comes.
  return { status: 'retrying', attempts: record.attempt, nextAttemptAt: record.nextAttemptAt ?? record.startedAt };
}

export type AttemptMade = {
  /** Attempts made in this round, this one included. A redelivery begins a new round at 1. */
  readonly attempts: number;
  readonly outcome: Outcome;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Uniform in [0, 1). */
  readonly random: number;
  /** False for what is sent once only, such as a ping. */
  readonly mayRetry: boolean;
};

export type Settled = {
  /** What an attempt makes of its delivery. */
  readonly status: 'succeeded' | 'failed' | 'retrying';
  /** With `retrying`: milliseconds since the epoch. */
  readonly nextAttemptAt?: number;
  /** With `failed`: why there is no further attempt. */
  readonly gaveUp?: 'attempts_exhausted' | 'gone' | 'not_retryable';
  /** Present when the outcome ends the webhook itself. */
  readonly disables?: DisabledReason;
};

/** What an attempt means for its delivery and its webhook, under the webhook's policy. */
export function settle(policy: DeliveryPolicy, made: AttemptMade): Settled {
  if (policy.judge(made.outcome) === 'succeeded') return { status: 'succeeded' };
  const reason = policy.disables(made.outcome);
  const disables = reason === null ? {} : { disables: reason };
  if (!made.mayRetry) return { status: 'failed', gaveUp: 'not_retryable', ...disables };
  const decision = policy.next(made);
  if ('giveUp' in decision) return { status: 'failed', gaveUp: decision.giveUp, ...disables };
  return { status: 'retrying', nextAttemptAt: decision.retryAt, ...disables };
}
