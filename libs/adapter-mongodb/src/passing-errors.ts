import { MongoDriverError, MongoNetworkError, MongoServerError, MongoServerSelectionError } from 'mongodb';

/** An attempt that was given up because no answer came. Whether the server did what was asked is not known. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/**
 * Codes of a server that cannot do now what it can do later, or that was interrupted; source/mongo/base/error_codes.yml.
 * Those the driver itself retries on, and beside them time-outs, lost cursors, and reads of a majority that is not known yet.
 */
const passingCodes: ReadonlySet<number> = new Set([
  6, // HostUnreachable
  7, // HostNotFound
  43, // CursorNotFound
  50, // MaxTimeMSExpired
  64, // WriteConcernTimeout
  89, // NetworkTimeout
  91, // ShutdownInProgress
  112, // WriteConflict
  133, // FailedToSatisfyReadPreference
  134, // ReadConcernMajorityNotAvailableYet
  175, // QueryPlanKilled
  189, // PrimarySteppedDown
  237, // CursorKilled
  262, // ExceededTimeLimit
  276, // IndexBuildAborted
  9001, // SocketException
  10107, // NotWritablePrimary
  11600, // InterruptedAtShutdown
  11601, // Interrupted
  11602, // InterruptedDueToReplStateChange
  13435, // NotPrimaryNoSecondaryOk
  13436, // NotPrimaryOrSecondary
]);

/** Names of errors that the driver does not export: no free connection in time, and connections closed under a command. */
const passingNames: ReadonlySet<string> = new Set(['MongoWaitQueueTimeoutError', 'MongoPoolClosedError', 'MongoServerClosedError']);

/** Whether the same may succeed when it is tried again. All else is a refusal or a mistake, and stays one. */
export function isPassing(error: unknown): boolean {
  if (error instanceof NoAnswer || error instanceof MongoNetworkError || error instanceof MongoServerSelectionError) return true;
  if (error instanceof MongoServerError) return isPassingCode(error.code) || error.hasErrorLabel('RetryableWriteError') || error.hasErrorLabel('RetryableError');
  return error instanceof MongoDriverError && passingNames.has(error.name);
}

export function isPassingCode(code: unknown): boolean {
  return typeof code === 'number' && passingCodes.has(code);
}
