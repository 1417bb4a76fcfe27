/** Every refusal there is. The code is public API; its HTTP status is looked up at the edge. */
export const faultCodes = {
  invalid_request: 'The request does not have the shape it must have.',
  unauthenticated: 'A valid bearer token is needed.',
  forbidden: 'The token does not give this right.',
  not_found: 'There is no such thing here.',
  project_not_found: 'There is no such project.',
  project_exists: 'A project with this id exists already, with other fields.',
  webhook_not_found: 'There is no such webhook.',
  webhook_deleted: 'The webhook was deleted.',
  event_type_not_found: 'This event type is not registered.',
  event_not_found: 'There is no such event, or it is no longer kept.',
  delivery_not_found: 'There is no such delivery, or it is no longer kept.',
  delivery_in_progress: 'The delivery has not ended yet.',
  token_not_found: 'There is no such token.',
  idempotency_key_reused: 'This idempotency key was used for a different request.',
  precondition_failed: 'The thing has changed since it was read.',
  payload_too_large: 'The payload is larger than the limit.',
  schema_violation: 'The event does not fit the schema of its type.',
  invalid_cursor: 'The cursor is not of this query.',
  overloaded: 'The pipeline is full. Try again later.',
  deadline_exceeded: 'No answer in time. The request may or may not have taken effect; repeat it.',
  storage_full: 'The data folder has no room left.',
  unavailable: 'A server behind this service cannot be reached. Whether the request took effect is not known; repeat it.',
  version_conflict: 'Somebody else wrote first.',
  unknown_topic: 'The topic has not been declared.',
  topic_mismatch: 'The topic exists with other properties.',
  not_assigned: 'This member does not own the partition.',
  group_in_use: 'The consumer group has members.',
  unknown_field: 'The query names a field that the collection does not declare.',
  collection_mismatch: 'The collection exists with other fields.',
  data_folder_in_use: 'Another process uses the data folder.',
  data_folder_damaged: 'The data folder is damaged.',
  data_folder_too_new: 'The data folder was written by a newer version.',
  closed: 'It has been closed.',
} as const;

export type FaultCode = keyof typeof faultCodes;

/** One thing wrong with one field, as a caller reads it. */
export type FieldProblem = {
  /** Dotted path; `[n]` for list places. Empty for the whole. */
  readonly field: string;
  readonly code: string;
  readonly reason: string;
};

export type FaultDetails = Readonly<Record<string, unknown>> & { readonly problems?: readonly FieldProblem[] };

/** A refusal: expected, told to the caller, nothing changed. Anything else thrown is breakage. */
export class Fault extends Error {
  override readonly name = 'Fault';
  constructor(
    readonly code: FaultCode,
    readonly details: FaultDetails = {},
    options: { readonly message?: string; readonly cause?: unknown } = {},
  ) {
    super(options.message ?? faultCodes[code], options.cause === undefined ? {} : { cause: options.cause });
  }
}

/** Recognises a fault by name and code, so it also holds for one from another copy of this package. */
export function isFault(error: unknown, code?: FaultCode): error is Fault {
  return error instanceof Error && error.name === 'Fault' && 'code' in error && (code === undefined || error.code === code);
}

/** The end of an exhaustive switch. Reached only by a value newer than this build. */
export function unreachable(value: never): never {
  throw new Error(`unknown variant: ${JSON.stringify(value)}`);
}
