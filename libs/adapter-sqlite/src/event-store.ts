import { eventSubscription } from '@hookyard/consumer-groups';
import { Fault } from '@hookyard/event-schemas';
import type { Appended, Clock, EventStore, EventSubscription, ExpectedRevision, NewEvent, ReadAllOptions, RecordedEvent } from '@hookyard/ports';
import type { Database } from './driver.ts';
import { eventReads, type EventPage } from './event-reads.ts';
import type { Turns } from './turns.ts';
import { requestKinds } from './wire/requests.ts';
import { noStream } from './writer/append.ts';
import type { Writer } from './writer.ts';

export type EventStoreOptions = { readonly writer: Writer; readonly reader: Database; readonly turns: Turns; readonly clock: Clock };

const defaultLimit = 1_000;

/** The face of the log that streams show. */
export function sqliteEventStore({ writer, reader, turns, clock }: EventStoreOptions): EventStore {
  const stored = eventReads(reader);
  const subscriptions = new Set<EventSubscription>();
  const listeners = new Set<() => void>();
  let head = stored.head();
  let closed = false;

  function requireOpen(): void {
    if (closed) throw new Fault('closed', { what: 'the event store' });
  }

  async function append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended> {
    requireOpen();
    const appended = await writer.request(
      requestKinds.append,
      (request) => {
        request.text(stream);
        request.number(expected === 'no_stream' ? noStream : expected);
        request.u32(events.length);
        for (const { id, type, data, metadata } of events) {
          request.text(id);
          request.text(type);
          request.text(JSON.stringify(data ?? null));
          request.text(JSON.stringify(metadata ?? {}));
        }
      },
      (answer) => ({ revision: answer.number(), position: answer.number(), repeated: answer.u8() === 1 }),
    );
    head = Math.max(head, appended.position);
    for (const listener of listeners) listener();
    return appended;
  }

  async function readAll({ after = -1, limit = defaultLimit, streamPrefix = '' }: ReadAllOptions = {}): Promise<readonly RecordedEvent[]> {
    requireOpen();
    let reached = after;
    return allOf(turns, limit, (left) => {
      requireOpen();
      const page = stored.allPage({ after: reached, streamPrefix, limit: left });
      reached = page.reached;
      return page;
    });
  }

  function onAppend(listener: () => void): () => void {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  return {
    append,
    async read(stream, { direction = 'forwards', from, limit = defaultLimit } = {}) {
      requireOpen();
      const step = direction === 'forwards' ? 1 : -1;
      return allOf(turns, limit, (left, last) => {
        requireOpen();
        return stored.streamPage(stream, { direction, from: last === undefined ? from : last.revision + step, limit: left, now: clock.now() });
      });
    },
    readAll,
    async subscribe(options) {
      requireOpen();
      const subscription = eventSubscription({ head: () => head, readAll, onAppend }, clock, options);
      subscriptions.add(subscription);
      return {
        ...subscription,
        async stop() {
          await subscription.stop();
          subscriptions.delete(subscription);
        },
      };
    },
    async setRetention(stream, { maxAgeMs, maxCount }) {
      requireOpen();
      await writer.control('setRetention', { stream, maxAgeMs: maxAgeMs ?? null, maxCount: maxCount ?? null });
    },
    async retention(stream) {
      requireOpen();
      return stored.retention(stream);
    },
    async deleteStream(stream) {
      requireOpen();
      await writer.control('deleteStream', { stream });
    },
    async close() {
      closed = true;
      await Promise.all([...subscriptions].map((subscription) => subscription.stop()));
    },
  };
}

/** Page after page, each in a turn of its own. */
async function allOf(turns: Turns, limit: number, page: (left: number, last: RecordedEvent | undefined) => EventPage): Promise<readonly RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  while (events.length < limit) {
    const next = await turns(() => page(limit - events.length, events.at(-1)));
    events.push(...next.events);
    if (next.atEnd) break;
  }
  return events;
}
