import { Fault, isFault } from '@hookyard/event-schemas';
import { describeCode } from './kafkajs.ts';

/** Codes of Kafka's protocol that this adapter acts on (https://kafka.apache.org/protocol.html#protocol_error_codes). */
export const codes = {
  none: 0,
  offsetOutOfRange: 1,
  unknownTopicOrPartition: 3,
  leaderNotAvailable: 5,
  notLeader: 6,
  requestTimedOut: 7,
  messageTooLarge: 10,
  coordinatorLoading: 14,
  coordinatorNotAvailable: 15,
  notCoordinator: 16,
  invalidTopic: 17,
  recordListTooLarge: 18,
  notEnoughReplicas: 19,
  illegalGeneration: 22,
  unknownMember: 25,
  rebalanceInProgress: 27,
  topicAuthorizationFailed: 29,
  clusterAuthorizationFailed: 31,
  topicExists: 36,
  invalidReplicationFactor: 38,
  notController: 41,
  policyViolation: 44,
  outOfOrderSequence: 45,
  invalidProducerEpoch: 47,
  invalidTransactionState: 48,
  invalidProducerIdMapping: 49,
  concurrentTransactions: 51,
  unknownProducerId: 59,
  memberIdRequired: 79,
  unstableOffsetCommit: 88,
  producerFenced: 90,
} as const;

// May well succeed when tried again: something moves, loads, or is short of replicas (as long as brokers are still coming up).
const passing = new Set([2, 3, 5, 6, 7, 8, 9, 13, 14, 15, 16, 19, 20, codes.invalidReplicationFactor, 41, 51, 56, 72, 74, 75, 78, 80, 83, 88]);
// The broker asked is not (or no longer) the one in charge.
const stale = new Set<number>([codes.unknownTopicOrPartition, codes.leaderNotAvailable, codes.notLeader, 9, 41, 56, 72, 74, 75, 78]);

/** A server answered, and refused. */
export class KafkaError extends Error {
  override readonly name = 'KafkaError';
  /** Kafka's name of the code. */
  readonly type: string;
  constructor(
    readonly code: number,
    what: string,
    detail?: string | null,
  ) {
    const { type, message } = describeCode(code);
    super(`${what}: ${detail ?? message} (${type})`);
    this.type = type;
  }
}

/** No answer came: the connection could not be made, was cut, or stayed silent. Whether the request took effect is not known. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  constructor(
    what: string,
    options: { readonly cause?: unknown; readonly isRefusedLogin?: boolean } = {},
  ) {
    super(options.cause instanceof Error ? `${what}: ${options.cause.message}` : what, { cause: options.cause });
    this.isRefusedLogin = options.isRefusedLogin ?? false;
  }
  /** The server does not accept the credentials. */
  readonly isRefusedLogin: boolean;
}

/** Throws what the code says, unless it is 0. */
export function requireOk(code: number, what: string, detail?: string | null): void {
  if (code !== codes.none) throw new KafkaError(code, what, detail);
}

export function isKafkaError(error: unknown, ...oneOf: readonly number[]): error is KafkaError {
  return error instanceof KafkaError && (oneOf.length === 0 || oneOf.includes(error.code));
}

/** Whether the same may succeed when it is tried again. */
export function isPassing(error: unknown): boolean {
  return error instanceof NoAnswer || (error instanceof KafkaError && passing.has(error.code)) || isFault(error, 'unavailable');
}

export const isPassingCode = (code: number): boolean => passing.has(code);

/** Whether what is known about leaders must be asked anew. */
export function isStale(error: unknown): boolean {
  return error instanceof NoAnswer || (error instanceof KafkaError && stale.has(error.code));
}

/** What a caller is told when the servers cannot be reached in time. */
export function unavailable(what: string, cause: unknown): Fault {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Fault('unavailable', { server: 'kafka' }, { message: `Kafka could not ${what} in time: ${reason}`, cause });
}
