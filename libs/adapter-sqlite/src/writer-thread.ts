import { Worker } from 'node:worker_threads';
import { Fault, faultCodes } from '@hookyard/event-schemas';
import type { AnswersMessage, BatchMessage, ClosedMessage, EndMessage, OpenedMessage, Refusal, WriterData } from './wire/requests.ts';

/** The writer as the main thread sees it: batches in, answers out, in order. */
export interface WriterThread {
  post(batch: BatchMessage): void;
  /** Lets it finish what it was given, and close the database. */
  close(): Promise<void>;
  /** Ends it in the middle of what it does, as a crash would. */
  abandon(): Promise<void>;
}

export type WriterEvents = {
  readonly onAnswers: (answers: AnswersMessage) => void;
  /** The thread is gone, and nobody asked it to go. */
  readonly onLost: (error: Error) => void;
};

/** Resolves when the database is open; refused with what the data folder's state calls for. */
export async function startWriterThread(options: Omit<WriterData, 'abandoned'>, { onAnswers, onLost }: WriterEvents): Promise<WriterThread> {
  const { entry, execArgv } = threadSource();
  const data: WriterData = { ...options, abandoned: new Int32Array(new SharedArrayBuffer(4)) };
  const worker = new Worker(entry, { workerData: data, execArgv: [...execArgv], name: 'hookyard-writer' });
  let expectsEnd = false;
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const opened = new Promise<void>((resolve, reject) => {
    worker.on('message', (message: OpenedMessage | ClosedMessage | AnswersMessage) => {
      if (message.kind === 'answers') onAnswers(message);
      else if (message.kind === 'opened') resolve();
      else if (message.kind === 'refused') reject(refusal(message));
      else if (message.kind === 'broken') reject(Object.assign(new Error(message.message), { stack: message.stack }));
    });
    const lost = (error: Error): void => {
      reject(error);
      if (!expectsEnd) onLost(error);
      expectsEnd = true;
    };
    worker.once('error', lost);
    worker.once('exit', (code) => lost(new Error(`the writer thread ended with code ${code}`)));
  });
  try {
    await opened;
  } catch (error) {
    expectsEnd = true;
    await ended; // it has nothing left to do
    throw error;
  }
  return {
    post: (batch) => worker.postMessage(batch, [batch.requests]),
    async close() {
      expectsEnd = true;
      worker.postMessage({ kind: 'close' } satisfies EndMessage);
      await ended;
    },
    // Not `worker.terminate()`: a native call that is interrupted by it aborts the whole process.
    async abandon() {
      expectsEnd = true;
      Atomics.store(data.abandoned, 0, 1);
      worker.postMessage({ kind: 'abandon' } satisfies EndMessage);
      await ended;
    },
  };
}

function refusal({ code, details }: Refusal): Fault {
  const { reason } = details;
  return new Fault(code, details, typeof reason === 'string' ? { message: `${faultCodes[code]} (${reason})` } : {});
}

/** Built, the thread is JavaScript like the rest. From TypeScript sources (tests) it needs a loader, because Jest's transforms end at its own thread. */
function threadSource(): { readonly entry: URL; readonly execArgv: readonly string[] } {
  if (!import.meta.url.endsWith('.ts')) return { entry: new URL('./writer/thread.js', import.meta.url), execArgv: [] };
  const loader = new URL('../from-sources/register.mjs', import.meta.url).href;
  return { entry: new URL('./writer/thread.ts', import.meta.url), execArgv: ['--import', loader, '--conditions=@hookyard/source'] };
}
