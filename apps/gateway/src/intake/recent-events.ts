import type { MessagePosition } from '@hookyard/ports';

/** Where the events stand that this gateway has just accepted: known here before any read model shows them. */
export type RecentEvents = {
  readonly find: (eventId: string) => MessagePosition | undefined;
  readonly add: (eventId: string, origin: MessagePosition) => void;
};

/** Keeps the newest `most`; read models know the others by then. */
export function recentEvents(most: number): RecentEvents {
  const origins = new Map<string, MessagePosition>();
  return {
    find: (eventId) => origins.get(eventId),
    add(eventId, origin) {
      if (origins.has(eventId)) return;
      // The first key of a map is the one that was added first.
      if (origins.size >= most) origins.delete(origins.keys().next().value ?? '');
      origins.set(eventId, origin);
    },
  };
}
