import { AccessDeniedError, ErrorType, InvalidArgumentError, MaxAppendSizeExceededError, StreamDeletedError, StreamNotFoundError, UnavailableError, UnknownError, WrongExpectedVersionError } from '@eventstore/db-client';
import { isPassing, leaderOf, NoAnswer, reasonOf, verdictOf } from './errors.ts';

// Real: the errors of the client. A raw one is what gRPC hands out.
const raw = (code: number) => ({ code, details: 'it says so', metadata: {} });

describe('what an error says', () => {
  it('is an answer that no repetition changes', () => {
    const answers = {
      conflict: new WrongExpectedVersionError(null as never, { streamName: 's', current: 'no_stream', expected: 1n }),
      missing: new StreamNotFoundError(null as never, 's'),
      tombstoned: StreamDeletedError.fromStreamName('s'),
      too_large: MaxAppendSizeExceededError.fromMaxAppendSize(1_048_576),
    };
    expect(Object.values(answers).map(verdictOf)).toEqual(Object.keys(answers));
    expect(Object.values(answers).map(verdictOf).some(isPassing)).toBe(false);
  });

  it('is that access is denied, or that the request is wrong: no repetition helps', () => {
    expect([new AccessDeniedError(), raw(7), raw(16)].map(verdictOf)).toEqual(['denied', 'denied', 'denied']);
    expect([new InvalidArgumentError('no'), raw(3), new TypeError('a bug')].map(verdictOf)).toEqual(['refused', 'refused', 'refused']);
  });

  it('is that nothing was heard, however the client puts it: the outcome is not known, and the connection is no good', () => {
    const lost = [new UnavailableError(), raw(14), { code: 14 }, raw(1), raw(4), new NoAnswer(100), new Error('Failed to discover after 10 attempts.')];
    expect(lost.map(verdictOf)).toEqual(lost.map(() => 'lost'));
    expect(isPassing('lost')).toBe(true);
  });

  it('is that the server is busy, in all that is not known to be anything else', () => {
    const busy = [new UnknownError(), raw(13), raw(8), raw(12), { type: ErrorType.TIMEOUT }, { type: ErrorType.UNKNOWN, code: 2 }];
    expect(busy.map(verdictOf)).toEqual(busy.map(() => 'busy'));
    expect(verdictOf({ type: ErrorType.UNKNOWN, code: 14 })).toBe('lost');
    expect(verdictOf({ type: ErrorType.UNKNOWN, code: 3 })).toBe('refused');
  });

  it('is where the leader is', () => {
    const leader = { address: 'other', port: 2113 };
    expect(leaderOf({ type: ErrorType.NOT_LEADER, leader })).toBe(leader);
    expect(leaderOf(new UnavailableError())).toBeUndefined();
  });

  it('is told in words also when the client says nothing', () => {
    expect(reasonOf(new UnavailableError())).toBe('UnavailableError');
    expect(reasonOf(new Error('no route'))).toBe('no route');
    expect(reasonOf({ code: 14 })).toBe('gRPC status 14');
    expect(reasonOf('odd')).toBe('odd');
  });
});
