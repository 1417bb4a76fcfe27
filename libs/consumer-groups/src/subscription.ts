import { Fault } from '@hookyard/event-schemas';
import type { Clock, EventSubscription, ReadAllOptions, RecordedEvent, SubscribeOptions } from '@hookyard/ports';
import { pump } from './pump.ts';

/** What an embedded event store gives so that `eventSubscription` can read it to the end and go on live. */
export interface EventLog {
  /** Position of the newest durable event, −1 when there is none. Known without I/O. */
  head(): number;
  /** As `EventStore.readAll`. */
  readAll(options: ReadAllOptions): Promise<readonly RecordedEvent[]> | readonly RecordedEvent[];
  /** Calls `listener` after `head` has moved. Answers a function that ends it. */
  onAppend(listener: () => void): () => void;
}

// As many as a read answers by default.
const eventsInCall = 1_000;

export function eventSubscription(log: EventLog, clock: Clock, options: SubscribeOptions): EventSubscription {
  const { streamPrefix } = options;
  const reader = pump<RecordedEvent>({
    clock,
    from: (options.after ?? -1) + 1,
    end: () => log.head() + 1,
    read: (from, limit) => log.readAll({ after: from - 1, limit, ...(streamPrefix === undefined ? {} : { streamPrefix }) }),
    after: (event) => event.position + 1,
    limit: eventsInCall,
    handle: options.handle,
    ...(options.onCaughtUp === undefined ? {} : { onIdle: options.onCaughtUp }),
  });
  const endListening = log.onAppend(reader.wake);

  return {
    whenReached: (position) => reader.progress.whenReached(position + 1),
    async stop() {
      endListening();
      reader.progress.end(new Fault('closed'));
      await reader.stop();
    },
  };
}
