import { eventSubscription } from '@hookyard/consumer-groups';
import { Fault } from '@hookyard/event-schemas';
import { systemClock, type Clock, type EventStore, type EventSubscription, type ExpectedRevision, type NewEvent } from '@hookyard/ports';
import type { ReadAllOptions, ReadOptions, RecordedEvent, Retention } from '@hookyard/ports';

type Stream = {
  readonly events: RecordedEvent[];
  retention: Retention;
  /** Revisions before this one were deleted. */
  deletedBefore: number;
};

const defaultLimit = 1_000;

/** An EventStore in memory. Stamps events, and lets them expire, by the clock. */
export function memoryEventStore({ clock = systemClock }: { readonly clock?: Clock } = {}): EventStore {
  const streams = new Map<string, Stream>();
  const all: RecordedEvent[] = [];
  const listeners = new Set<() => void>();
  const subscriptions = new Set<EventSubscription>();
  let isClosed = false;

  function requireOpen(): void {
    if (isClosed) throw new Fault('closed');
  }

  function streamOf(name: string): Stream {
    const stream = streams.get(name) ?? { events: [], retention: {}, deletedBefore: 0 };
    streams.set(name, stream);
    return stream;
  }

  function visible({ events, retention, deletedBefore }: Stream): readonly RecordedEvent[] {
    const { maxAgeMs = Infinity, maxCount = Infinity } = retention;
    const oldest = clock.now() - maxAgeMs;
    const first = Math.max(deletedBefore, events.length - maxCount);
    return events.filter((event) => event.revision >= first && event.recordedAt > oldest);
  }

  /** Prepares all of them before any is kept. */
  function record(stream: string, { events: existing }: Stream, events: readonly NewEvent[]): readonly RecordedEvent[] {
    const recordedAt = clock.now();
    const recorded = events.map(({ id, type, data, metadata = {} }, at) => {
      const place = { stream, revision: existing.length + at, position: all.length + 1 + at, recordedAt };
      return Object.freeze({ id, type, data: plain(data), metadata: plain(metadata), ...place });
    });
    existing.push(...recorded);
    all.push(...recorded);
    return recorded;
  }

  function readAll({ after = 0, limit = defaultLimit, streamPrefix = '' }: ReadAllOptions = {}): readonly RecordedEvent[] {
    requireOpen();
    const found: RecordedEvent[] = [];
    for (let at = Math.max(after, 0); at < all.length && found.length < limit; at += 1) {
      const event = all[at];
      if (event?.stream.startsWith(streamPrefix)) found.push(event);
    }
    return found;
  }

  const log = {
    head: () => all.length,
    readAll,
    onAppend(listener: () => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };

  return {
    async append(name, events, expected) {
      requireOpen();
      const stream = streamOf(name);
      const next = expected === 'no_stream' ? 0 : expected + 1;
      const repeated = repeatOf(stream, events, next);
      if (repeated !== undefined) return { revision: repeated.revision, position: repeated.position, repeated: true };
      if (next !== stream.events.length) throw conflict(name, expected, stream);
      const recorded = record(name, stream, events);
      for (const listener of listeners) listener();
      return { revision: stream.events.length - 1, position: recorded.at(-1)?.position ?? all.length, repeated: false };
    },
    async read(name, { direction = 'forwards', from, limit = defaultLimit }: ReadOptions = {}) {
      requireOpen();
      const events = visible(streamOf(name));
      if (direction === 'forwards') return events.filter(({ revision }) => revision >= (from ?? 0)).slice(0, limit);
      return events.filter(({ revision }) => revision <= (from ?? Infinity)).reverse().slice(0, limit);
    },
    readAll: async (options) => readAll(options),
    async subscribe(options) {
      requireOpen();
      const started = eventSubscription(log, clock, options);
      const tracked: EventSubscription = {
        ...started,
        stop() {
          subscriptions.delete(tracked);
          return started.stop();
        },
      };
      subscriptions.add(tracked);
      return tracked;
    },
    async setRetention(name, retention) {
      requireOpen();
      streamOf(name).retention = { ...retention };
    },
    retention: async (name) => streamOf(name).retention,
    async deleteStream(name) {
      requireOpen();
      const stream = streamOf(name);
      stream.deletedBefore = stream.events.length;
    },
    async close() {
      isClosed = true;
      await Promise.all([...subscriptions].map((each) => each.stop()));
    },
  };
}

/** The last of the events, when all of them stand there already from `next` on. */
function repeatOf({ events: existing }: Stream, events: readonly NewEvent[], next: number): RecordedEvent | undefined {
  const isRepeat = events.every(({ id }, at) => existing[next + at]?.id === id);
  return isRepeat ? existing[next + events.length - 1] : undefined;
}

function conflict(stream: string, expected: ExpectedRevision, { events }: Stream): Fault {
  return new Fault('version_conflict', { stream, expected, actual: events.length === 0 ? 'no_stream' : events.length - 1 });
}

// What cannot be written as JSON would be lost by a real store: better that a test sees it here.
function plain<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value;
}
