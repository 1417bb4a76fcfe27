import { Fault, fromEventHeaders, topics } from '@hookyard/event-schemas';
import type { EventAttributes, EventDocument } from '@hookyard/event-schemas';
import type { Collection, Message, MessageBus } from '@hookyard/ports';
import type { RecentEvents } from '../intake/recent-events.ts';

export type FoundEvent = {
  readonly eventId: string;
  readonly acceptedAt: number;
  readonly origin: { readonly partition: number; readonly offset: number };
  readonly attributes: EventAttributes;
};

export type EventLookup = {
  /** An accepted event of a project, also one that the matcher has not seen yet. Throws `event_not_found`. */
  readonly find: (project: string, eventId: string) => Promise<FoundEvent>;
  /** The payload as it came in; null when it is no longer kept. */
  readonly payload: (event: FoundEvent) => Promise<Buffer | null>;
};

export const EVENT_LOOKUP = Symbol('EventLookup');

export function eventLookup({ bus, events, recent }: {
  readonly bus: Pick<MessageBus, 'read'>;
  readonly events: Pick<Collection<EventDocument>, 'get'>;
  readonly recent: Pick<RecentEvents, 'find'>;
}): EventLookup {
  async function messageAt({ partition, offset }: FoundEvent['origin']): Promise<Message | null> {
    const [message] = await bus.read({ topic: topics.events, partition, offset }, 1);
    return message?.offset === offset ? message : null;
  }

  async function findRecent(eventId: string): Promise<FoundEvent | null> {
    const place = recent.find(eventId);
    const message = place === undefined ? null : await messageAt(place);
    const attributes = message === null ? null : fromEventHeaders(message.headers);
    if (message === null || attributes === null) return null;
    return { eventId, acceptedAt: message.publishedAt, origin: { partition: message.partition, offset: message.offset }, attributes };
  }

  return {
    async find(project, eventId) {
      const stored = (await events.get(eventId))?.document;
      const found = stored === undefined ? await findRecent(eventId) : { ...stored, eventId };
      if (found?.attributes.project !== project) throw new Fault('event_not_found', { event: eventId });
      return found;
    },
    async payload({ origin }) {
      return (await messageAt(origin))?.value ?? null;
    },
  };
}
