import { Worker } from 'node:worker_threads';
import { Fault } from '@hookyard/event-schemas';
import type { AnswersMessage, BatchMessage, ClosedMessage, CloseMessage, OpenedMessage, WriterData } from './wire/requests.ts';

/** The writer as the main thread sees it: batches in, answers out, in order. */
export interface WriterThread {
  post(batch: BatchMessage): void;
  /** Lets it finish what it was given, and close the database. */
  close(): Promise<void>;
  /** Ends it at once, wherever it is, as a crash would. */
  terminate(): Promise<void>;
}

export type WriterEvents = {
  readonly onAnswers: (answers: AnswersMessage) => void;
  /** The thread is gone, and nobody asked it to go. */
  readonly onLost: (error: Error) => void;
};

/** Resolves when the database is open; refused with what the data folder's state calls for. */
export async function startWriterThread(data: WriterData, { onAnswers, onLost }: WriterEvents): Promise<WriterThread> {
  const { entry, execArgv } = threadSource();
  const worker = new Worker(entry, { workerData: data, execArgv: [...execArgv], name: 'hookyard-writer' });
  let expectsEnd = false;
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const opened = new Promise<void>((resolve, reject) => {
    worker.on('message', (message: OpenedMessage | ClosedMessage | AnswersMessage) => {
      if (message.kind === 'answers') onAnswers(message);
      else if (message.kind === 'opened') resolve();
      else if (message.kind === 'refused') reject(new Fault(message.code, message.details));
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
    await worker.terminate();
    throw error;
  }
  return {
    post: (batch) => worker.postMessage(batch, [batch.requests]),
    async close() {
      expectsEnd = true;
      worker.postMessage({ kind: 'close' } satisfies CloseMessage);
      await ended;
    },
    async terminate() {
      expectsEnd = true;
      await worker.terminate();
    },
  };
}

/** Built, the thread is JavaScript like the rest. From TypeScript sources (tests) it needs a loader, because Jest's transforms end at its own thread. */
function threadSource(): { readonly entry: URL; readonly execArgv: readonly string[] } {
  if (!import.meta.url.endsWith('.ts')) return { entry: new URL('./writer/thread.js', import.meta.url), execArgv: [] };
  const loader = new URL('../from-sources/register.mjs', import.meta.url).href;
  return { entry: new URL('./writer/thread.ts', import.meta.url), execArgv: ['--import', loader, '--conditions=@hookyard/source'] };
}
