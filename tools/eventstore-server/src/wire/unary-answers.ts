import type { Expected } from '../store/commit-check.ts';
import { AppendResp, DeleteResp, Empty, TombstoneResp, type Streams } from './protocol.ts';

export function appendSuccess(revision: number, position: number | undefined): Streams.AppendResp {
  const success = new AppendResp.Success();
  if (revision < 0) success.setNoStream(new Empty());
  else success.setCurrentRevision(String(revision));
  if (position === undefined) success.setNoPosition(new Empty());
  else success.setPosition(placed(new AppendResp.Position(), position));
  const answer = new AppendResp();
  answer.setSuccess(success);
  return answer;
}

/** On this path a conflict is an answer, not an error. */
export function appendConflict(expected: Expected, revision: number): Streams.AppendResp {
  const conflict = new AppendResp.WrongExpectedVersion();
  if (revision < 0) conflict.setCurrentNoStream(new Empty());
  else conflict.setCurrentRevision(String(revision));
  if (expected === 'any') conflict.setExpectedAny(new Empty());
  else if (expected === 'no_stream') conflict.setExpectedNoStream(new Empty());
  else if (expected === 'stream_exists') conflict.setExpectedStreamExists(new Empty());
  else conflict.setExpectedRevision(String(expected));
  const answer = new AppendResp();
  answer.setWrongExpectedVersion(conflict);
  return answer;
}

export function removed<Answer extends Streams.DeleteResp | Streams.TombstoneResp>(answer: Answer, position: number): Answer {
  if (answer instanceof DeleteResp) answer.setPosition(placed(new DeleteResp.Position(), position));
  else if (answer instanceof TombstoneResp) answer.setPosition(placed(new TombstoneResp.Position(), position));
  return answer;
}

type Position = { setCommitPosition(value: string): unknown; setPreparePosition(value: string): unknown };

function placed<Message extends Position>(message: Message, position: number): Message {
  message.setCommitPosition(String(position));
  message.setPreparePosition(String(position));
  return message;
}
