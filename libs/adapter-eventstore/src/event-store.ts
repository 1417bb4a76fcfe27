import type { Clock, EventStore, EventSubscription, RecordedEvent } from '@hookyard/ports';
import { appends } from './appends.ts';
import type { Connection } from './connection.ts';
import { heads as newHeads } from './heads.ts';
import { isSystem } from './mapping.ts';
import { metadataEdits } from './metadata-edits.ts';
import { reads as newReads } from './reads.ts';
import { subscription } from './subscription.ts';

/** An EventStore on a connection that has reached its server. Its begin is where the log ends. */
export function eventStore(connection: Connection, clock: Clock, head: number): EventStore {
  const heads = newHeads();
  const reads = newReads(connection);
  const append = appends(connection, reads, heads);
  const metadata = metadataEdits(connection, reads);
  const subscriptions = new Set<EventSubscription>();
  heads.saw(head);

  function requireUsable(...streams: readonly string[]): void {
    connection.requireOpen();
    const system = streams.find(isSystem);
    if (system !== undefined) throw new TypeError(`streams whose names begin with $ belong to the server: ${system}`);
  }

  function seen(events: readonly RecordedEvent[]): readonly RecordedEvent[] {
    for (const { position } of events) heads.saw(position);
    return events;
  }

  return {
    async append(stream, events, expected) {
      requireUsable(stream);
      if (events.length === 0) throw new TypeError(`nothing to append to ${stream}`);
      return append(stream, events, expected);
    },
    async read(stream, options) {
      requireUsable(stream);
      return seen(await reads.stream(stream, options));
    },
    async readAll(options) {
      requireUsable();
      return seen(await reads.all(options));
    },
    async subscribe(options) {
      requireUsable();
      const started = subscription({ connection, reads, heads, clock }, options);
      subscriptions.add(started);
      return {
        ...started,
        async stop() {
          await started.stop();
          subscriptions.delete(started);
        },
      };
    },
    async setRetention(stream, retention) {
      requireUsable(stream);
      await metadata.setRetention(stream, retention);
    },
    async retention(stream) {
      requireUsable(stream);
      return metadata.retention(stream);
    },
    async deleteStream(stream) {
      requireUsable(stream);
      await metadata.deleteStream(stream);
    },
    async close() {
      // Calls of handlers in hand are still refused, as on every engine: nothing begins after this.
      const closed = connection.close();
      await Promise.all([...subscriptions].map((each) => each.stop()));
      await closed;
    },
  };
}
