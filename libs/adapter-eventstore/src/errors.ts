import { ErrorType, type NotLeaderError } from '@eventstore/db-client';

/**
 * What an error says.
 * - `conflict`, `missing`, `tombstoned`, `too_large`, `denied`, `refused`: an answer; the same call would get it again.
 * - `busy`: the server is there and did not do it, or does not know whether it did. The same call again, on the same connection.
 * - `lost`: no answer. Whether it was done is not known. The same call again, on a new connection.
 * - `not_leader`: the same call again, to the leader.
 */
export type Verdict = 'conflict' | 'missing' | 'tombstoned' | 'too_large' | 'denied' | 'refused' | 'busy' | 'lost' | 'not_leader';

const ofTypes: Partial<Readonly<Record<string, Verdict>>> = {
  [ErrorType.WRONG_EXPECTED_VERSION]: 'conflict',
  [ErrorType.STREAM_NOT_FOUND]: 'missing',
  [ErrorType.STREAM_DELETED]: 'tombstoned',
  [ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED]: 'too_large',
  [ErrorType.ACCESS_DENIED]: 'denied',
  [ErrorType.INVALID_ARGUMENT]: 'refused',
  [ErrorType.NOT_LEADER]: 'not_leader',
  [ErrorType.TIMEOUT]: 'busy',
  [ErrorType.UNAVAILABLE]: 'lost',
  [ErrorType.CANCELLED]: 'lost',
  [ErrorType.DEADLINE_EXCEEDED]: 'lost',
};

// https://grpc.github.io/grpc/core/md_doc_statuscodes.html. The client hands on some errors raw, others as UnknownError.
const ofCodes: Partial<Readonly<Record<number, Verdict>>> = {
  1: 'lost', // CANCELLED
  3: 'refused', // INVALID_ARGUMENT
  4: 'lost', // DEADLINE_EXCEEDED
  7: 'denied', // PERMISSION_DENIED
  14: 'lost', // UNAVAILABLE
  16: 'denied', // UNAUTHENTICATED
};

export function verdictOf(error: unknown): Verdict {
  const { type, code } = (typeof error === 'object' && error !== null ? error : {}) as { readonly type?: unknown; readonly code?: unknown };
  if (typeof type === 'string') return ofTypes[type] ?? (typeof code === 'number' ? (ofCodes[code] ?? 'busy') : 'busy');
  if (typeof code === 'number') return ofCodes[code] ?? 'busy';
  // A bug of ours or of the client does not go away by repeating.
  if (error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError) return 'refused';
  return 'lost';
}

const tryAgain: readonly Verdict[] = ['busy', 'lost', 'not_leader'];

/** Whether the same call may yet succeed. */
export function isPassing(verdict: Verdict): boolean {
  return tryAgain.includes(verdict);
}

/** Where the leader is, when the error tells. */
export function leaderOf(error: unknown): NotLeaderError['leader'] | undefined {
  return verdictOf(error) === 'not_leader' ? (error as NotLeaderError).leader : undefined;
}

/** For people to read; the client leaves some of its messages empty. */
export function reasonOf(error: unknown): string {
  if (error instanceof Error) return error.message === '' ? error.constructor.name : error.message;
  const { code } = (typeof error === 'object' && error !== null ? error : {}) as { readonly code?: unknown };
  return typeof code === 'number' ? `gRPC status ${code}` : String(error);
}

/** Nothing was heard in time. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  constructor(waitedMs: number) {
    super(`no answer in ${waitedMs} ms`);
  }
}
