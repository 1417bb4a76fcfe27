import { Fault } from '@hookyard/event-schemas';
import type { Clock } from '@hookyard/ports';
import { packer, unpacker, type Packer, type Unpacker } from './wire/bytes.ts';
import { outcomes, requestKinds, type AnswersMessage, type Breakage, type Controls, type Refusal, type RequestKind } from './wire/requests.ts';
import { startWriterThread } from './writer-thread.ts';

/** What every port writes through. Requests are carried out in the order they were made, and all that waits becomes one transaction. */
export interface Writer {
  /**
   * Packs a request at once (what it was made of may change afterwards) and resolves, once it is durable, with what `unpack` reads
   * from its answer. Answers are unpacked in the order of the requests.
   */
  request<Answer>(kind: RequestKind, pack: (request: Packer) => void, unpack: (answer: Unpacker) => Answer): Promise<Answer>;
  control<Name extends keyof Controls>(name: Name, asks: Controls[Name]['asks']): Promise<Controls[Name]['answers']>;
  /** Carries out what was asked, then lets go. */
  close(): Promise<void>;
  /** Lets go at once; what was asked and not answered is refused with `closed`, done or not. */
  abandon(): Promise<void>;
}

export type WriterOptions = {
  readonly path: string;
  readonly mustExist: boolean;
  readonly maxBytes?: number;
  readonly clock: Clock;
  /** Requests that wait beyond so many bytes are refused with `overloaded`. */
  readonly maxWaitingBytes: number;
  /** The writer thread is gone and nobody asked it to go: nothing can be written any more. */
  readonly onLost?: (error: Error) => void;
};

type Waiting = { readonly unpack: (answer: Unpacker) => unknown; readonly resolve: (answer: unknown) => void; readonly reject: (error: unknown) => void };
type Batch = { readonly requests: Packer; readonly waiting: Waiting[] };

// Large enough that the fsync hardly counts, small enough that a commit takes some tens of milliseconds at most.
const batchBytes = 2 * 1024 * 1024;
const batchRequests = 2_000;
// One batch is being committed while the next is on its way: the writer never waits for the main thread.
const batchesInFlight = 2;
const recycledBytes = 4 * batchBytes;

export async function openWriter(options: WriterOptions): Promise<Writer> {
  const inFlight: Batch[] = [];
  const queue: Batch[] = [];
  const recycled: ArrayBuffer[] = [];
  let waitingBytes = 0;
  let flushing = false;
  let failure: Error | undefined;
  let closing = false;
  let drained = (): void => {};
  const closed = new Fault('closed', { what: 'the data folder' });

  const thread = await startWriterThread(
    { path: options.path, mustExist: options.mustExist, ...(options.maxBytes === undefined ? {} : { maxBytes: options.maxBytes }) },
    { onAnswers: settle, onLost: lost },
  );

  function openBatch(): Batch {
    const last = queue.at(-1);
    if (last !== undefined && last.requests.size() < batchBytes && last.waiting.length < batchRequests) return last;
    const batch: Batch = { requests: packer(recycled.pop()), waiting: [] };
    queue.push(batch);
    return batch;
  }

  /** After everything else that this turn of the event loop has in hand, so that it goes along. */
  function flushSoon(): void {
    if (flushing || inFlight.length >= batchesInFlight) return;
    flushing = true;
    setImmediate(() => {
      flushing = false;
      flush();
    });
  }

  function flush(): void {
    while (failure === undefined && inFlight.length < batchesInFlight) {
      const batch = queue.shift();
      if (batch === undefined) return;
      inFlight.push(batch);
      waitingBytes -= batch.requests.size();
      const { buffer, length } = batch.requests.take();
      thread.post({ kind: 'batch', requests: buffer, length, count: batch.waiting.length, now: Math.floor(options.clock.now()) });
    }
  }

  function settle({ answers, length, recycled: buffer }: AnswersMessage): void {
    if (recycled.length < batchesInFlight && buffer.byteLength <= recycledBytes) recycled.push(buffer);
    const batch = inFlight.shift();
    flush();
    const answer = unpacker(answers, length);
    for (const waiting of batch?.waiting ?? []) settleOne(waiting, answer);
    if (inFlight.length === 0 && queue.length === 0) drained();
  }

  function fail(error: Error): void {
    failure ??= error;
    for (const batch of [...inFlight.splice(0), ...queue.splice(0)]) for (const { reject } of batch.waiting) reject(failure);
    drained();
  }

  function lost(error: Error): void {
    fail(error);
    options.onLost?.(error);
  }

  function request<Answer>(kind: RequestKind, pack: (request: Packer) => void, unpack: (answer: Unpacker) => Answer): Promise<Answer> {
    if (failure !== undefined || closing) return Promise.reject(failure ?? closed);
    if (waitingBytes > options.maxWaitingBytes) return Promise.reject(new Fault('overloaded', { waitingBytes }));
    const { requests, waiting } = openBatch();
    const start = requests.size();
    requests.u32(0);
    requests.u8(kind);
    try {
      pack(requests);
    } catch (error) {
      requests.cut(start);
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
    requests.patchU32(start, requests.size() - start - 4);
    waitingBytes += requests.size() - start;
    flushSoon();
    return new Promise<Answer>((resolve, reject) => waiting.push({ unpack, resolve: resolve as (answer: unknown) => void, reject }));
  }

  return {
    request,
    control: (name, asks) => request(
      requestKinds.control,
      (packed) => {
        packed.text(name);
        packed.text(JSON.stringify(asks));
      },
      (answer) => JSON.parse(answer.text()) as Controls[typeof name]['answers'],
    ),
    async close() {
      if (failure !== undefined || closing) return;
      closing = true;
      if (inFlight.length > 0 || queue.length > 0) await new Promise<void>((resolve) => (drained = resolve));
      if (failure === undefined) await thread.close();
    },
    async abandon() {
      fail(closed);
      await thread.abandon();
    },
  };
}

function settleOne({ unpack, resolve, reject }: Waiting, answer: Unpacker): void {
  const outcome = answer.u8();
  if (outcome === outcomes.done) {
    resolve(unpack(answer));
    return;
  }
  const problem = JSON.parse(answer.text()) as Refusal | Breakage;
  if ('code' in problem) reject(new Fault(problem.code, problem.details));
  else reject(Object.assign(new Error(problem.message), { stack: problem.stack }));
}
