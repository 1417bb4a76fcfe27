import { eventsCollection, topics, type EventDocument } from '@hookyard/event-schemas';
import { arrive, knownEvents } from '@hookyard/matcher';
import type { Clock, Collection, Document, MessageBus } from '@hookyard/ports';
import type { Family, Into, Projecting } from './family.ts';
import { keptSince, topicReader } from './topic-reader.ts';

const service = 'matcher';
const dayMs = 86_400_000;
const pageSize = 1_000;

/** Accepted events, known for `keepMs`. */
export function eventsFamily(bus: MessageBus, clock: Clock, keepMs: number): Family {
  return {
    collections: [eventsCollection],
    source: 'topic events',
    async begin(from): Promise<Projecting> {
      const partitions = await bus.partitions(topics.events);
      const reader = topicReader(bus, topics.events, from === 'service' ? await bus.committed(service, topics.events) : new Map());
      const kept = await keptSince(bus, topics.events);
      const over = clock.now();
      return {
        async toEnd(into) {
          const known = knownEvents(heldBeyond(eventsIn(into), { expiredAt: over, until: over + dayMs }), keepMs);
          return reader.toEnd(async (_, messages) => {
            const arrivals = messages.map((message) => arrive(message, partitions));
            const events = arrivals.flatMap((arrival) => (arrival.kind === 'event' ? [arrival.event] : []));
            for (const run of runsOf(events)) await known(run);
          });
        },
        settle: (into) => removeUpTo(eventsIn(into), over - keepMs),
        isKept(_, { document }) {
          const { partition, offset } = (document as EventDocument).origin;
          return offset >= (kept[partition]?.offset ?? Infinity);
        },
      };
    },
    async isServiceBehind() {
      return (await bus.lag(service, topics.events)).some(({ messages }) => messages > 0);
    },
  };
}

function eventsIn(into: Into): Collection<EventDocument> {
  return into.get(eventsCollection.name) as unknown as Collection<EventDocument>;
}

/** Cut before each that has the name of one before it: years may lie between them, and each is judged by its own time. */
function* runsOf<Event extends { readonly id: string }>(events: readonly Event[]): Generator<readonly Event[]> {
  let run = new Map<string, Event>();
  for (const event of events) {
    if (run.has(event.id)) {
      yield [...run.values()];
      run = new Map();
    }
    run.set(event.id, event);
  }
  yield [...run.values()];
}

type Events = Pick<Collection<EventDocument>, 'upsert' | 'getMany' | 'delete'>;

/** An event whose time is over still decides that another of its name, which came within that time, was a repeat: it stays to be found until `until`. */
function heldBeyond(events: Events, { expiredAt, until }: { readonly expiredAt: number; readonly until: number }): Events {
  return {
    getMany: (ids) => events.getMany(ids),
    delete: (ids) => events.delete(ids),
    upsert: (writes) => events.upsert(writes.map((write) => ((write.expiresAt ?? Infinity) <= expiredAt ? { ...write, expiresAt: until } : write))),
  };
}

async function removeUpTo(events: Pick<Collection<Document>, 'query' | 'delete'> | Collection<EventDocument>, acceptedAt: number): Promise<void> {
  for (;;) {
    const { items } = await events.query({ where: [{ field: 'acceptedAt', op: 'lte', value: acceptedAt }], limit: pageSize });
    if (items.length === 0) return;
    await events.delete(items.map(({ id }) => id));
  }
}
