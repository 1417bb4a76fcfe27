import type { sendUnaryData, ServerReadableStream, ServerUnaryCall, StatusObject } from '@grpc/grpc-js';
import type { Expected } from '../store/commit-check.ts';
import type { Write } from '../store/store.ts';
import { appendConflict, appendSuccess, removed } from '../wire/unary-answers.ts';
import { CallFailed, failures, type Failure } from '../wire/failures.ts';
import { DeleteResp, TombstoneResp, type Streams } from '../wire/protocol.ts';
import { proposedEvent, sizeOf, streamName } from '../wire/records.ts';
import { expectedOf } from '../wire/requests.ts';
import { refusalOf, type Served } from './served.ts';
import { writeUnderFaults } from './writing.ts';

type AppendCall = ServerReadableStream<Streams.AppendReq, Streams.AppendResp>;
type RemoveOptions = Streams.DeleteReq.Options | Streams.TombstoneReq.Options;
type Respond<Answer> = (failure: Partial<StatusObject> | null, answer?: Answer) => void;
type Removal<Request extends Streams.DeleteReq | Streams.TombstoneReq, Answer> = (call: ServerUnaryCall<Request, Answer>, respond: sendUnaryData<Answer>) => void;

/** The path of clients that give credentials of their own with an append. */
export function append(served: Served) {
  return (call: AppendCall, respond: sendUnaryData<Streams.AppendResp>): void => {
    const messages: Streams.AppendReq[] = [];
    call.on('error', () => {});
    call.on('data', (message: Streams.AppendReq) => messages.push(message));
    call.on('end', () => void answer(respond, () => appended(served, call, messages)));
  };
}

async function appended(served: Served, call: AppendCall, messages: readonly Streams.AppendReq[]): Promise<Streams.AppendResp | undefined> {
  requireAccess(served, call);
  const options = messages[0]?.getOptions();
  if (options === undefined) throw new CallFailed(failures.invalidArgument('the first message must hold the options'));
  const events = messages.flatMap((message) => message.getProposedMessage() ?? []).map(proposedEvent);
  if (events.reduce((sum, event) => sum + sizeOf(event), 0) > served.maxAppendBytes) throw new CallFailed(failures.maxAppendSizeExceeded(served.maxAppendBytes));
  const expected = expectedOf(options);
  const stream = streamName(options.getStreamIdentifier());
  const written = await done(served, { kind: 'append', stream, expected, events }, call.getPeer());
  if (written === undefined) return undefined;
  return written.outcome === 'conflict' ? appendConflict(expected, written.revision) : appendSuccess(written.revision, written.position);
}

/** Soft: a later append goes on with the next revision. */
export function deletion(served: Served): Removal<Streams.DeleteReq, Streams.DeleteResp> {
  return (call, respond) => void answer(respond, () => removal(served, call, { kind: 'delete', answer: new DeleteResp() }));
}

/** Final. */
export function tombstone(served: Served): Removal<Streams.TombstoneReq, Streams.TombstoneResp> {
  return (call, respond) => void answer(respond, () => removal(served, call, { kind: 'tombstone', answer: new TombstoneResp() }));
}

type RemovalAnswer = Streams.DeleteResp | Streams.TombstoneResp;

async function removal<Answer extends RemovalAnswer>(
  served: Served,
  call: ServerUnaryCall<Streams.DeleteReq | Streams.TombstoneReq, Answer>,
  { kind, answer }: { readonly kind: 'delete' | 'tombstone'; readonly answer: Answer },
): Promise<Answer | undefined> {
  requireAccess(served, call);
  const options: RemoveOptions | undefined = call.request.getOptions();
  if (options === undefined) throw new CallFailed(failures.invalidArgument('options are required'));
  const stream = streamName(options.getStreamIdentifier());
  const expected = expectedOf(options);
  const written = await done(served, { kind, stream, expected }, call.getPeer());
  if (written === undefined) return undefined;
  if (written.outcome === 'conflict') throw new CallFailed(failures.wrongExpectedVersion(kind === 'delete' ? 'Delete' : 'Tombstone', stream, { expected: numberOf(expected), actual: written.revision }));
  return removed(answer, written.position ?? 0);
}

type Done = { readonly outcome: 'written'; readonly revision: number; readonly position: number | undefined } | { readonly outcome: 'conflict'; readonly revision: number };

/** Undefined: there is to be no answer. */
async function done(served: Served, write: Write, peer: string): Promise<Done | undefined> {
  const result = await writeUnderFaults(served, write, peer);
  switch (result.outcome) {
    case 'written':
    case 'conflict':
      return result;
    case 'deleted':
      throw new CallFailed(failures.streamDeleted(write.stream));
    case 'busy':
      throw new CallFailed(failures.busy());
    case 'not_ready':
      throw new CallFailed(failures.notReady());
    case 'not_leader':
      throw new CallFailed(failures.notLeader(result.leader));
    case 'silence':
    case 'cut':
      return undefined;
  }
}

function requireAccess(served: Served, call: { readonly metadata: Parameters<Served['access']>[0] }): void {
  const refusal = refusalOf(served.access(call.metadata));
  if (refusal !== undefined) throw new CallFailed(refusal);
}

/** As the server's trailers write them. */
function numberOf(expected: Expected): number {
  if (typeof expected === 'number') return expected;
  return { no_stream: -1, any: -2, stream_exists: -4 }[expected];
}

async function answer<Answer>(respond: Respond<Answer>, act: () => Promise<Answer | undefined>): Promise<void> {
  try {
    const answered = await act();
    if (answered !== undefined) respond(null, answered);
  } catch (error) {
    respond(failureOf(error));
  }
}

export function failureOf(error: unknown): Failure {
  return error instanceof CallFailed ? error.failure : failures.handlerThrew();
}
