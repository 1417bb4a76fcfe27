import { Metadata, status, type ServiceError } from '@grpc/grpc-js';

/** An error as the real server answers it: a status, and trailers that tell the client which class it is. */
export type Failure = Pick<ServiceError, 'code' | 'details' | 'metadata'>;

function failure(code: status, details: string, trailers: Readonly<Record<string, string>> = {}): Failure {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(trailers)) metadata.set(name, value);
  return { code, details, metadata };
}

export const failures = {
  accessDenied: () => failure(status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' }),
  unauthenticated: () => failure(status.UNAUTHENTICATED, 'Bad credentials'),
  streamDeleted: (stream: string) => failure(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, { exception: 'stream-deleted', 'stream-name': stream }),
  wrongExpectedVersion: (operation: string, stream: string, { expected, actual }: { expected: number; actual: number }) =>
    failure(status.FAILED_PRECONDITION, `${operation} failed due to WrongExpectedVersion. Stream: ${stream}, Expected version: ${expected}, Actual version: ${actual}`, {
      exception: 'wrong-expected-version',
      'stream-name': stream,
      'expected-version': String(expected),
      'actual-version': String(actual),
    }),
  maxAppendSizeExceeded: (bytes: number) =>
    failure(status.INVALID_ARGUMENT, `Maximum Append Size of ${bytes} Exceeded.`, { exception: 'maximum-append-size-exceeded', 'maximum-append-size': String(bytes) }),
  notLeader: (leader: { host: string; port: number }) =>
    failure(status.NOT_FOUND, 'Leader info available', { exception: 'not-leader', 'leader-endpoint-host': leader.host, 'leader-endpoint-port': String(leader.port) }),
  notReady: () => failure(status.UNAVAILABLE, 'Server Is Not Ready'),
  busy: () => failure(status.UNAVAILABLE, 'Server Is Too Busy'),
  invalidPosition: () => failure(status.INVALID_ARGUMENT, 'Trying to read from an invalid position.'),
  invalidArgument: (sentence: string) => failure(status.INVALID_ARGUMENT, sentence),
  /** What any unexpected exception of the server comes out as. */
  handlerThrew: () => failure(status.UNKNOWN, 'Exception was thrown by handler.'),
  timeout: (sentence: string) => failure(status.ABORTED, `Operation timed out: ${sentence}`),
  cancelled: () => failure(status.CANCELLED, 'The subscription was cancelled by the server.'),
  unavailable: () => failure(status.UNAVAILABLE, 'The server is shutting down.'),
  withCode: (code: number) => failure(code, 'Failed on demand.'),
};

/** Thrown in a handler to end its call. */
export class CallFailed extends Error {
  readonly failure: Failure;

  constructor(reason: Failure) {
    super(reason.details);
    this.failure = reason;
  }
}
