import { randomUUID } from 'node:crypto';
import { convertToCommandError, InvalidArgumentError, MaxAppendSizeExceededError, TimeoutError, type EventStoreDBClient } from '@eventstore/db-client';
import unpackError from '@eventstore/db-client/dist/streams/appendToStream/unpackError.js';
import type { BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import { appendMessages, StreamsClient, type AppendRequest } from './protocol.ts';

export type AppendAnswer = {
  /** Of the last event. */
  readonly revision: bigint;
  /** The server tells none for a repeat that it does not show any more. */
  readonly position?: bigint;
};

/** The appends of one client. They share a stream to the server, which answers them in any order. */
export interface AppendStream {
  /** Rejects with what the server says, or when the stream ends; never by itself for lack of an answer. */
  append(request: AppendRequest, signal: AbortSignal): Promise<AppendAnswer>;
  close(): void;
}

type Waiting = { readonly stream: string; readonly resolve: (answer: AppendAnswer) => void; readonly reject: (error: Error) => void };
type Duplex = Awaited<ReturnType<typeof open>>;

/** In the place of the client's own `appendToStream`; docs/adr/0017 tells why. */
export function appendStream(db: EventStoreDBClient): AppendStream {
  const waiting = new Map<string, Waiting>();
  let opening: Promise<Duplex> | undefined;
  let isClosed = false;

  /** One for all that wait for it; they go out in the order in which they were asked for. */
  function duplex(): Promise<Duplex> {
    opening ??= open(db).then((stream) => {
      stream.on('data', onAnswer);
      // Errors may still come after the end.
      stream.on('error', (error: Error) => over(commandError(error)));
      stream.on('end', () => over(new Error('the server ended the stream of appends')));
      if (isClosed) stream.cancel();
      return stream;
    });
    opening.catch(() => (opening = undefined));
    return opening;
  }

  function onAnswer(answer: BatchAppendResp): void {
    const id = answer.getCorrelationId()?.getString() ?? '';
    const append = waiting.get(id);
    // Given up in the meantime.
    if (append === undefined) return;
    waiting.delete(id);
    const success = answer.getSuccess();
    if (success === undefined) return append.reject(refusalOf(answer, append.stream));
    const position = success.getPosition()?.getCommitPosition();
    append.resolve({ revision: BigInt(success.getCurrentRevision()), ...(position === undefined ? {} : { position: BigInt(position) }) });
  }

  function over(error: Error): void {
    opening = undefined;
    const all = [...waiting.values()];
    waiting.clear();
    for (const { reject } of all) reject(error);
  }

  return {
    async append(request, signal) {
      const stream = await duplex();
      if (signal.aborted) throw new Error('given up');
      const id = randomUUID();
      return new Promise((resolve, reject) => {
        waiting.set(id, { stream: request.stream, resolve, reject });
        signal.addEventListener('abort', () => waiting.delete(id), { once: true });
        for (const message of appendMessages(request, id)) stream.write(message);
      });
    },
    close() {
      isClosed = true;
      opening?.then((stream) => stream.cancel()).catch(() => {});
    },
  };
}

function open(db: EventStoreDBClient) {
  return db['GRPCStreamCreator'](StreamsClient, 'append', (client) => client.batchAppend(...db['callArguments']({ requiresLeader: true }, { deadline: Infinity })))();
}

function commandError(error: Error): Error {
  try {
    return convertToCommandError(error);
  } catch {
    // It expects trailers that are not always there.
    return error;
  }
}

function refusalOf(answer: BatchAppendResp, stream: string): Error {
  const status = answer.getError();
  const message = status?.getMessage() ?? '';
  switch (status?.getDetails()?.getTypeName()) {
    case undefined:
      return new Error(`the server answers an append with neither success nor error: ${message}`);
    // The server took too long: it is there, so this is not the end of a deadline of ours.
    case 'event_store.client.Timeout':
      return new TimeoutError(undefined, 'the server could not finish the append in time');
    case 'event_store.client.BadRequest':
      return new InvalidArgumentError(message);
    case 'event_store.client.MaximumAppendEventSizeExceeded':
      return MaxAppendSizeExceededError.fromMaxAppendSize(maxEventBytes);
    default:
      return status === undefined ? new Error(message) : unpackError.unpackToCommandError(status, stream);
  }
}

// Since 25.1 a server has a limit for one event besides the larger one for an append; the client cannot read what it says. This is its default.
const maxEventBytes = 16 * 1024 * 1024;
