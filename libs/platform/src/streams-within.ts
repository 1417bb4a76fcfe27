import type { EventStore, RecordedEvent } from '@hookyard/ports';

/** The streams of a store whose names begin with `prefix`, as a store of their own: so that several installations can share one. */
export function streamsWithin(prefix: string, store: EventStore): EventStore {
  const inside = (event: RecordedEvent): RecordedEvent => ({ ...event, stream: event.stream.slice(prefix.length) });
  return {
    append: (stream, events, expected) => store.append(prefix + stream, events, expected),
    read: async (stream, options) => (await store.read(prefix + stream, options)).map(inside),
    readAll: async ({ streamPrefix = '', ...options } = {}) => (await store.readAll({ ...options, streamPrefix: prefix + streamPrefix })).map(inside),
    subscribe: ({ streamPrefix = '', handle, ...options }) =>
      store.subscribe({ ...options, streamPrefix: prefix + streamPrefix, handle: (events) => handle(events.map(inside)) }),
    setRetention: (stream, retention) => store.setRetention(prefix + stream, retention),
    retention: (stream) => store.retention(prefix + stream),
    deleteStream: (stream) => store.deleteStream(prefix + stream),
    close: () => store.close(),
  };
}
