import type { Outcome } from '@hookyard/event-schemas';
import { retryAfter } from './retry-after.ts';
import { retryPolicy, standardScheduleMs } from './retry-policy.ts';

const now = Date.UTC(2026, 0, 15, 12);
const middle = 0.5;
const hour = 3_600_000;

function answered(status: number, headers: Record<string, string> = {}): Outcome {
  return { kind: 'responded', status, headers, body: '', bodyEncoding: 'utf8', bodyTruncated: false };
}
const timedOut: Outcome = { kind: 'timed_out', stage: 'response', afterMs: 15_000 };
const notSent: Outcome = { kind: 'not_sent', code: 'address_denied', message: 'The address is private.' };

describe('the standard policy', () => {
  const policy = retryPolicy({ timeoutMs: 15_000 });

  it('waits 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h, then gives up', () => {
    const waits = standardScheduleMs.map((_, index) => policy.next({ attempts: index + 1, outcome: timedOut, now, random: middle }));
    expect(waits).toEqual([5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400].map((s) => ({ retryAt: now + s * 1_000 })));
    expect(policy.next({ attempts: 10, outcome: timedOut, now, random: middle })).toEqual({ giveUp: 'attempts_exhausted' });
  });

  it('spreads a wait over ten percent to either side', () => {
    const at = (random: number) => policy.next({ attempts: 2, outcome: timedOut, now, random });
    expect(at(0)).toEqual({ retryAt: now + 270_000 });
    expect(at(0.25)).toEqual({ retryAt: now + 285_000 });
    expect(at(0.999_999_9)).toEqual({ retryAt: now + 330_000 });
  });

  it.each([[200, 'succeeded'], [204, 'succeeded'], [299, 'succeeded'], [199, 'failed'], [301, 'failed'], [404, 'failed'], [410, 'failed'], [500, 'failed']] as const)(
    'judges an answer %i as %s', (status, judgement) => {
      expect(policy.judge(answered(status))).toBe(judgement);
    });

  it('judges what is no answer as failed', () => {
    expect([timedOut, notSent].map(policy.judge)).toEqual(['failed', 'failed']);
  });

  it('takes 410 as gone: no retry, and the webhook is disabled', () => {
    expect(policy.next({ attempts: 1, outcome: answered(410), now, random: middle })).toEqual({ giveUp: 'gone' });
    expect(policy.disables(answered(410))).toBe('gone');
    expect([answered(404), answered(500), timedOut].map(policy.disables)).toEqual([null, null, null]);
  });

  it('does not try again what was never sent', () => {
    expect(policy.next({ attempts: 1, outcome: notSent, now, random: middle })).toEqual({ giveUp: 'not_retryable' });
  });

  it('waits as long as Retry-After asks when that is later than the schedule', () => {
    const after = (value: string) => policy.next({ attempts: 1, outcome: answered(503, { 'Retry-After': value }), now, random: middle });
    expect(after('120')).toEqual({ retryAt: now + 120_000 });
    expect(after('Thu, 15 Jan 2026 12:10:00 GMT')).toEqual({ retryAt: now + 600_000 });
  });

  it('keeps to the schedule when Retry-After is sooner, past or unreadable', () => {
    for (const value of ['1', '0', 'Thu, 15 Jan 2026 11:00:00 GMT', 'soon', '-5', '']) {
      const decision = policy.next({ attempts: 1, outcome: answered(503, { 'retry-after': value }), now, random: middle });
      expect(decision).toEqual({ retryAt: now + 5_000 });
    }
  });

  it('lets Retry-After ask for at most 24 h', () => {
    const decision = policy.next({ attempts: 1, outcome: answered(429, { 'retry-after': '999999999999999' }), now, random: middle });
    expect(decision).toEqual({ retryAt: now + 24 * hour });
  });

  it('has no further attempt to grant when the schedule is used up, whatever Retry-After says', () => {
    const decision = policy.next({ attempts: 10, outcome: answered(503, { 'retry-after': '5' }), now, random: middle });
    expect(decision).toEqual({ giveUp: 'attempts_exhausted' });
  });
});

describe('a policy of its own', () => {
  it('follows its schedule without jitter', () => {
    const policy = retryPolicy({ timeoutMs: 1_000, schedule: [10, 20], jitter: 0 });
    const next = (attempts: number) => policy.next({ attempts, outcome: timedOut, now, random: 0 });
    expect([1, 2, 3].map(next)).toEqual([{ retryAt: now + 10 }, { retryAt: now + 20 }, { giveUp: 'attempts_exhausted' }]);
  });

  it('makes a single attempt with an empty schedule', () => {
    const policy = retryPolicy({ timeoutMs: 1_000, schedule: [] });
    expect(policy.next({ attempts: 1, outcome: timedOut, now, random: 0 })).toEqual({ giveUp: 'attempts_exhausted' });
  });

  it('decides what is success, gone and worth a retry', () => {
    const policy = retryPolicy({
      timeoutMs: 1_000, maxRedirects: 3, accepts: (status) => status === 404, goneStatuses: [], longestRetryAfterMs: 0,
      retries: (outcome) => outcome.kind === 'responded' && outcome.status >= 500,
    });
    expect(policy.maxRedirects).toBe(3);
    expect(policy.judge(answered(404))).toBe('succeeded');
    expect(policy.disables(answered(410))).toBeNull();
    expect(policy.next({ attempts: 1, outcome: answered(410), now, random: middle })).toEqual({ giveUp: 'not_retryable' });
    expect(policy.next({ attempts: 1, outcome: answered(503, { 'retry-after': '600' }), now, random: middle })).toEqual({ retryAt: now + 5_000 });
  });
});

describe('Retry-After', () => {
  it('is read as seconds', () => {
    expect(retryAfter(' 120 ', now)).toBe(now + 120_000);
  });

  it.each(['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994'])('is read as the date %p', (date) => {
    expect(retryAfter(date, now)).toBe(Date.UTC(1994, 10, 6, 8, 49, 37));
  });

  it.each(['', 'soon', '1.5', '-1', '2026-01-15T12:00:00Z', 'Sun, 99 Nov 1994 08:49:37 GMT'])('is ignored when it is %p', (value) => {
    expect(retryAfter(value, now)).toBeNull();
  });
});
