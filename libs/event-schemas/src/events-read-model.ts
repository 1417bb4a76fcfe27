import type { EventAttributes } from './domain-event.ts';

/**
 * Read model `events_v1`: one document for each accepted event, id = `eventId(project, source, id)`, always at revision 1.
 * Written by matcher before it matches; the payload stays in topic `events`, at `origin`.
 */
export const eventsCollection = {
  name: 'events_v1',
  fields: { project: 'string', type: 'string', source: 'string', subject: 'string', acceptedAt: 'number' },
  indexes: [
    [['project', 'asc'], ['acceptedAt', 'desc']],
    [['project', 'asc'], ['type', 'asc'], ['acceptedAt', 'desc']],
  ],
} as const;

export type EventDocument = {
  readonly id: string;
  readonly project: string;
  readonly type: string;
  readonly source: string;
  readonly subject?: string;
  /** Milliseconds since the epoch. */
  readonly acceptedAt: number;
  readonly attributes: EventAttributes;
  /** Place of the event in topic `events`. */
  readonly origin: { readonly partition: number; readonly offset: number };
};
