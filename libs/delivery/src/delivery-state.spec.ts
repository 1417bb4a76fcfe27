import type { AttemptRecord, DeliveryFacts, Outcome } from '@hookyard/event-schemas';
import { advance, hasEnded, pendingDelivery, settle } from './delivery-state.ts';
import { cancelReasonInWords, outcomeInWords } from './outcome-words.ts';
import { retryPolicy } from './retry-policy.ts';

const facts: DeliveryFacts = {
  deliveryId: 'dlv_1', webhookId: 'wh_1', webhookRevision: 0, project: 'default', eventId: 'evt_1', eventType: 'order.paid', eventSource: '/shop',
  sourceEventId: '1', origin: { partition: 0, offset: 4 }, sequence: 5, createdAt: 1_000,
};
function answered(status: number): Outcome {
  return { kind: 'responded', status, headers: {}, body: '', bodyEncoding: 'utf8', bodyTruncated: false };
}
function attempt(number: number, status: 'retrying' | 'succeeded' | 'failed', nextAttemptAt?: number): AttemptRecord {
  return {
    ...facts, record: 'attempted', attempt: number, trigger: 'event', startedAt: 2_000, durationMs: 5,
    outcome: answered(status === 'succeeded' ? 200 : 500), status, ...(nextAttemptAt === undefined ? {} : { nextAttemptAt }),
  };
}
function cancelled(afterAttempts: number): AttemptRecord {
  return { ...facts, record: 'cancelled', attempt: afterAttempts, status: 'cancelled', reason: 'webhook_deleted', at: 9_000 };
}
const after = (...records: readonly AttemptRecord[]) => records.reduce(advance, pendingDelivery);

describe('a delivery', () => {
  it('is pending until its first attempt', () => {
    expect(hasEnded(pendingDelivery)).toBe(false);
  });

  it('retries until an attempt succeeds', () => {
    const retrying = after(attempt(1, 'retrying', 7_000));
    expect(retrying).toEqual({ status: 'retrying', attempts: 1, nextAttemptAt: 7_000 });
    expect(hasEnded(retrying)).toBe(false);
    const succeeded = advance(retrying, attempt(2, 'succeeded'));
    expect(succeeded).toEqual({ status: 'succeeded', attempts: 2 });
    expect(hasEnded(succeeded)).toBe(true);
  });

  it('is due at once when a retry carries no time', () => {
    expect(after(attempt(1, 'retrying'))).toEqual({ status: 'retrying', attempts: 1, nextAttemptAt: 2_000 });
  });

  it('is the same after repeats and late arrivals', () => {
    const records = [attempt(1, 'retrying', 7_000), attempt(2, 'failed')];
    expect(after(...records, ...records)).toEqual({ status: 'failed', attempts: 2 });
    expect(after(...records.toReversed())).toEqual({ status: 'failed', attempts: 2 });
  });

  it('is cancelled while it waits', () => {
    expect(after(cancelled(0))).toEqual({ status: 'cancelled', attempts: 0, reason: 'webhook_deleted' });
    expect(after(attempt(1, 'retrying', 7_000), cancelled(1))).toEqual({ status: 'cancelled', attempts: 1, reason: 'webhook_deleted' });
  });

  it('keeps its outcome when a cancellation comes after it', () => {
    expect(after(attempt(1, 'succeeded'), cancelled(1))).toEqual({ status: 'succeeded', attempts: 1 });
    expect(after(attempt(2, 'retrying', 7_000), cancelled(1))).toEqual({ status: 'retrying', attempts: 2, nextAttemptAt: 7_000 });
  });

  it('takes the outcome of a redelivery', () => {
    expect(after(attempt(1, 'failed'), attempt(2, 'succeeded'))).toEqual({ status: 'succeeded', attempts: 2 });
    expect(after(cancelled(0), attempt(1, 'succeeded'))).toEqual({ status: 'succeeded', attempts: 1 });
  });
});

describe('an attempt', () => {
  const policy = retryPolicy({ timeoutMs: 1_000, schedule: [5_000], jitter: 0 });
  const made = { attempts: 1, now: 10_000, random: 0.5, mayRetry: true };

  it('succeeds, is retried, or is the last', () => {
    expect(settle(policy, { ...made, outcome: answered(204) })).toEqual({ status: 'succeeded' });
    expect(settle(policy, { ...made, outcome: answered(500) })).toEqual({ status: 'retrying', nextAttemptAt: 15_000 });
    expect(settle(policy, { ...made, attempts: 2, outcome: answered(500) })).toEqual({ status: 'failed', gaveUp: 'attempts_exhausted' });
  });

  it('ends delivery and webhook when the endpoint is gone', () => {
    expect(settle(policy, { ...made, outcome: answered(410) })).toEqual({ status: 'failed', gaveUp: 'gone', disables: 'gone' });
  });

  it('is the only one of a ping', () => {
    expect(settle(policy, { ...made, mayRetry: false, outcome: answered(500) })).toEqual({ status: 'failed', gaveUp: 'not_retryable' });
  });
});

describe('an outcome in words', () => {
  it.each<[Outcome, string]>([
    [answered(503), 'The endpoint answered 503.'],
    [{ kind: 'timed_out', stage: 'connect', afterMs: 1_000 }, 'No connection came about within 1 s.'],
    [{ kind: 'timed_out', stage: 'response', afterMs: 15_000 }, 'The endpoint did not answer within 15 s.'],
    [{ kind: 'timed_out', stage: 'body', afterMs: 1_550 }, 'The endpoint began to answer and did not finish within 1.6 s.'],
    [{ kind: 'connection_failed', code: 'ECONNREFUSED', message: 'x' }, 'The endpoint refused the connection (ECONNREFUSED).'],
    [{ kind: 'connection_failed', code: 'EODD', message: 'x' }, 'The connection failed (EODD).'],
    [{ kind: 'not_sent', code: 'address_denied', message: 'The address is private.' }, 'Nothing was sent: The address is private.'],
  ])('%j', (outcome, words) => {
    expect(outcomeInWords(outcome)).toBe(words);
  });

  it('says why a delivery was cancelled', () => {
    expect(cancelReasonInWords('webhook_disabled')).toBe('The webhook was disabled.');
  });
});
