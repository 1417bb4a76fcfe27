import { EventStoreDBClient } from '@eventstore/db-client';
import type { Clock } from '@hookyard/ports';
import { appendStream, type AppendStream } from './append-stream.ts';
import { reasonOf } from './errors.ts';

/** A client of its own connection. */
export type Client = {
  readonly db: EventStoreDBClient;
  readonly append: AppendStream['append'];
  /** To be used no more. What is under way may go on for so long; then its connection is closed. */
  retire(lingerMs: number): void;
};

type Channel = { close(): void };

/**
 * A client with two of its inner parts replaced, because of ways in which it hangs or breaks the process (docs/adr/0017).
 * The package is pinned to one version; client.spec.ts proves that the parts are there.
 */
export function openClient(connectionString: string, clock: Clock): Client {
  const db = clientOf(connectionString);
  const appends = appendStream(db);
  const channels: Channel[] = [];
  let retired: number | undefined;

  // Its own reconnecting takes the channel away from calls that are about to begin. We replace the client instead.
  db['handleError'] = () => Promise.resolve();

  // It has no way to close its channels.
  const createChannel = db['createChannel'] as () => Promise<Channel>;
  db['createChannel'] = async (): Promise<Channel> => {
    const channel = await createChannel();
    if (retired === undefined) channels.push(channel);
    else clock.after(retired, () => channel.close());
    return channel;
  };

  return {
    db,
    append: appends.append,
    retire(lingerMs) {
      retired = lingerMs;
      clock.after(lingerMs, () => {
        appends.close();
        for (const channel of channels.splice(0)) channel.close();
      });
    },
  };
}

function clientOf(connectionString: string): EventStoreDBClient {
  try {
    return EventStoreDBClient.connectionString(connectionString);
  } catch (error) {
    // Not as the cause: it holds the connection string, with its credentials.
    throw new Error(`EventStoreDB's client cannot use the connection string: ${reasonOf(error)}`);
  }
}
