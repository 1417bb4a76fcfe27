import { EventStoreDBClient } from '@eventstore/db-client';
import type { Clock } from '@hookyard/ports';

/** A client of its own connection. */
export type Client = {
  readonly db: EventStoreDBClient;
  /** To be used no more. What is under way may go on for so long; then its connection is closed. */
  retire(lingerMs: number): void;
};

type Channel = { close(): void };

/**
 * A client with three of its inner parts replaced, each because of a way in which it hangs or breaks the process (docs/adr/0017).
 * The package is pinned to one version; client.spec.ts proves that the parts are there.
 */
export function openClient(connectionString: string, clock: Clock): Client {
  const db = EventStoreDBClient.connectionString(connectionString);
  const channels: Channel[] = [];
  let retired: number | undefined;

  // Appends then are single calls with a deadline. Batch appends have none, share one stream, and wait in a list that all clients of the process share.
  db['supports'] = () => Promise.resolve(false);

  // Its own reconnecting closes a channel on which another append may be about to begin; that one then is an unhandled rejection. We replace the client instead.
  db['handleError'] = () => Promise.resolve();

  // It has no way to close its channels.
  const createChannel = db['createChannel'] as () => Promise<Channel>;
  db['createChannel'] = async (): Promise<Channel> => {
    const channel = await createChannel();
    if (retired === undefined) channels.push(channel);
    else closeAfter(retired, channel);
    return channel;
  };

  function closeAfter(lingerMs: number, channel: Channel): void {
    clock.after(lingerMs, () => channel.close());
  }

  return {
    db,
    retire(lingerMs) {
      retired = lingerMs;
      for (const channel of channels.splice(0)) closeAfter(lingerMs, channel);
    },
  };
}
