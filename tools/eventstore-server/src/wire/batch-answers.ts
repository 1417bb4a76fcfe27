import { status } from '@grpc/grpc-js';
import type { Expected } from '../store/commit-check.ts';
import { AllStreamPosition, BatchAppendResp, details, Empty, Status, type Streams } from './protocol.ts';
import { streamIdentifier, uuid } from './records.ts';

/** Why an append of a batch stream failed; the stream itself goes on. */
export type BatchFailure = { readonly code: status; readonly message: string; readonly typeName: string; readonly value: Uint8Array };

type Answered = { readonly id: string; readonly stream: string };

function named(code: status, name: string, message: { serializeBinary(): Uint8Array }): BatchFailure {
  return { code, message: '', typeName: `event_store.client.${name}`, value: message.serializeBinary() };
}

export const batchErrors = {
  wrongExpectedVersion(expected: Expected, revision: number): BatchFailure {
    const detail = new details.WrongExpectedVersion();
    if (revision < 0) detail.setCurrentNoStream(new Empty());
    else detail.setCurrentStreamRevision(String(revision));
    if (expected === 'any') detail.setExpectedAny(new Empty());
    else if (expected === 'no_stream') detail.setExpectedNoStream(new Empty());
    else if (expected === 'stream_exists') detail.setExpectedStreamExists(new Empty());
    else detail.setExpectedStreamPosition(String(expected));
    return named(status.ALREADY_EXISTS, 'WrongExpectedVersion', detail);
  },
  streamDeleted(stream: string): BatchFailure {
    const detail = new details.StreamDeleted();
    detail.setStreamIdentifier(streamIdentifier(stream));
    return named(status.FAILED_PRECONDITION, 'StreamDeleted', detail);
  },
  maximumAppendSizeExceeded(bytes: number): BatchFailure {
    const detail = new details.MaximumAppendSizeExceeded();
    detail.setMaxappendsize(bytes);
    return named(status.INVALID_ARGUMENT, 'MaximumAppendSizeExceeded', detail);
  },
  badRequest(sentence: string): BatchFailure {
    const detail = new details.BadRequest();
    detail.setMessage(sentence);
    return named(status.INVALID_ARGUMENT, 'BadRequest', detail);
  },
  accessDenied: () => named(status.PERMISSION_DENIED, 'AccessDenied', new details.AccessDenied()),
  timeout: () => named(status.DEADLINE_EXCEEDED, 'Timeout', new details.Timeout()),
  /** A server that takes no writes now says so in words alone: the details are Empty. */
  notHandled: (message: string): BatchFailure => ({ code: status.OK, message, typeName: 'google.protobuf.Empty', value: new Uint8Array() }),
};

export function batchError({ id, stream }: Answered, failed: BatchFailure): Streams.BatchAppendResp {
  const error = statusWithDetails();
  error.setCode(failed.code as number);
  error.setMessage(failed.message);
  error.getDetails()?.pack(failed.value, failed.typeName);
  const answer = answerTo(id, stream);
  answer.setError(error);
  return answer;
}

export function batchSuccess({ id, stream }: Answered, { revision, position }: { revision: number; position: number | undefined }): Streams.BatchAppendResp {
  const success = new BatchAppendResp.Success();
  if (revision < 0) success.setNoStream(new Empty());
  else success.setCurrentRevision(String(revision));
  if (position === undefined) success.setNoPosition(new Empty());
  else success.setPosition(allPosition(position));
  const answer = answerTo(id, stream);
  answer.setSuccess(success);
  return answer;
}

function answerTo(id: string, stream: string): Streams.BatchAppendResp {
  const answer = new BatchAppendResp();
  answer.setCorrelationId(uuid(id));
  answer.setStreamIdentifier(streamIdentifier(stream));
  return answer;
}

function allPosition(position: number): InstanceType<typeof AllStreamPosition> {
  const both = new AllStreamPosition();
  both.setCommitPosition(String(position));
  both.setPreparePosition(String(position));
  return both;
}

/** Field 3 with nothing in it: an empty Any, whose class the client package does not hand out otherwise. */
function statusWithDetails(): InstanceType<typeof Status> {
  return Status.deserializeBinary(Uint8Array.of(0x1a, 0x00));
}
