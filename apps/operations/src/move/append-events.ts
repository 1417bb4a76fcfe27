import type { EventStore } from '@hookyard/ports';
import type { EventLine } from './format.ts';

/** Appends events to their streams, each at its own revision; again is harmless. Streams side by side: among them there is no order to keep. */
export async function appendEvents(store: EventStore, lines: readonly EventLine[]): Promise<void> {
  const streams = new Map<string, EventLine[]>();
  for (const line of lines) {
    const own = streams.get(line.stream);
    if (own === undefined) streams.set(line.stream, [line]);
    else own.push(line);
  }
  await Promise.all([...streams].map(([stream, events]) => appendTo(store, stream, events)));
}

async function appendTo(store: EventStore, stream: string, events: readonly EventLine[]): Promise<void> {
  const first = events[0]?.revision ?? 0;
  const facts = events.map(({ id, type, data, metadata }) => ({ id, type, data, metadata }));
  await store.append(stream, facts, first === 0 ? 'no_stream' : first - 1);
}
