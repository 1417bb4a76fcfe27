import { Fault, isFault } from '@hookyard/event-schemas';
import { systemClock, type Clock, type DueQueue, type ReadModels, type Watched } from '@hookyard/ports';
import { MongoClient } from 'mongodb';
import { callsTo, type Calls } from './calls.ts';
import { watchConnection } from './connection-state.ts';
import { dueCollection, dueIndex } from './due-layout.ts';
import { mongoDueQueue } from './due-queue.ts';
import { ensureIndexes } from './indexes.ts';
import { mongoReadModels } from './read-models.ts';

export type MongoOptions = {
  /** `mongodb://` or `mongodb+srv://`; TLS, credentials and the name of the replica set are part of it. */
  readonly uri: string;
  readonly database: string;
  /** A call that got no answer for so long, over all its attempts, is refused with `unavailable`. @default 30_000 */
  readonly requestTimeoutMs?: number;
  /** Opening is refused with `unavailable` after so long without a server. @default 30_000 */
  readonly startTimeoutMs?: number;
  /** Connections to each server, and so commands under way at once. @default 32 */
  readonly maxPoolSize?: number;
  /** Tells what has expired. @default systemClock */
  readonly clock?: Clock;
  /** Told what an operator should know, in a sentence: indexes that are built over what is there already. */
  readonly onWarning?: (warning: string) => void;
};

export interface MongoEngine {
  readonly readModels: ReadModels & Watched;
  readonly dueQueue: DueQueue;
  /** Closes both ports, waits for what was asked of them, and lets go of the connections. */
  close(): Promise<void>;
  /** Lets go of everything at this instant, finishing nothing: as near to a crash as it comes inside one process. For tests. */
  abandon(): Promise<void>;
}

/**
 * Read models and due work in one database of a MongoDB deployment, over one client. What a port acknowledged is in the journals of a majority.
 * Resolves when a server that takes writes was reached; refused with `unavailable` when none was in time. From then on it reconnects by itself.
 */
export async function openMongo(options: MongoOptions): Promise<MongoEngine> {
  const { clock = systemClock, requestTimeoutMs = 30_000, startTimeoutMs = 30_000, onWarning = () => undefined } = options;
  const client = clientOf(options, Math.ceil(Math.min(requestTimeoutMs, startTimeoutMs) / 3));
  const address = client.options.hosts.map(String).join(',') || (client.options.srvHost ?? '');
  const connection = watchConnection(client, address);
  const calls = callsTo({ clock, requestTimeoutMs, on: connection.events });
  const db = client.db(options.database);
  try {
    await reach(calls, client, { address, startTimeoutMs });
    await ensureIndexes({ calls, db, onWarning }, dueCollection, [dueIndex]);
  } catch (error) {
    await client.close();
    throw error;
  }
  const readModels = mongoReadModels({ calls, db, clock, onWarning });
  const dueQueue = mongoDueQueue({ calls, db });
  const closePorts = (): Promise<unknown> => Promise.all([readModels.close(), dueQueue.close()]);

  let ended: Promise<void> | undefined;
  return {
    readModels: { ...readModels, state: connection.state },
    dueQueue,
    close: () => (ended ??= closePorts().then(() => calls.settled()).then(() => client.close())),
    abandon() {
      calls.abandon();
      return (ended ??= closePorts().then(() => client.close()));
    },
  };
}

// The driver looks for a server as long as an attempt lasts, and no longer than this for one connection.
const longestConnectMs = 10_000;

function clientOf({ uri, maxPoolSize = 32 }: MongoOptions, attemptMs: number): MongoClient {
  try {
    return new MongoClient(uri, {
      appName: 'hookyard',
      maxPoolSize,
      // Every write is safe to repeat, and is repeated here; neither needs a session or a transaction number.
      retryWrites: false,
      retryReads: false,
      readPreference: 'primary',
      readConcern: { level: 'local' },
      promoteBuffers: true,
      serverSelectionTimeoutMS: attemptMs,
      waitQueueTimeoutMS: attemptMs,
      connectTimeoutMS: Math.min(attemptMs, longestConnectMs),
      // Bounds the time until a server that froze is noticed by a process that asks nothing of it.
      heartbeatFrequencyMS: 5_000,
    });
  } catch (error) {
    // What the driver says of a connection string holds no password.
    throw new Fault('invalid_request', {}, { message: `The connection string of MongoDB cannot be used: ${(error as Error).message}` });
  }
}

async function reach(calls: Calls, client: MongoClient, { address, startTimeoutMs }: { readonly address: string; readonly startTimeoutMs: number }): Promise<void> {
  try {
    await calls.run(
      (call) =>
        call.attempt(async ({ signal }) => {
          await client.connect();
          await client.db('admin').command({ ping: 1 }, { signal });
        }),
      { totalMs: startTimeoutMs },
    );
  } catch (cause) {
    if (!isFault(cause, 'unavailable')) throw new Error(`MongoDB at ${address} refused: ${String((cause as Error).message)}`, { cause });
    const message = `MongoDB at ${address} could not be reached within ${startTimeoutMs} ms: ${String((cause.cause as Error | undefined)?.message)}`;
    throw new Fault('unavailable', { server: 'MongoDB', address }, { message, cause });
  }
}
