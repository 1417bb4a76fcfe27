import { retryPolicy } from '@hookyard/delivery';
import type { Dialect } from '@hookyard/dialect';
import { requireFilter } from '@hookyard/matching';
import { parseDefinition, type NativeDefinition } from './definition.ts';
import { events } from './events.generated.ts';
import { renderNative } from './render.ts';

/** Hookyard's own webhooks: CloudEvents, signed after Standard Webhooks. */
export const native: Dialect<NativeDefinition> = {
  name: 'native',
  parse: parseDefinition,
  summarize: ({ name, url, eventTypes, labels }) => ({ name, url, eventTypes, labels }),
  catalogue: events,
  compile: ({ eventTypes, subject, filter }) => ({
    types: eventTypes,
    ...(subject === undefined ? {} : { subjects: [subject] }),
    ...(filter === undefined ? {} : { predicate: requireFilter(filter) }),
  }),
  render: renderNative,
  policy: ({ timeoutMs, retryScheduleMs }) => retryPolicy({ timeoutMs, ...(retryScheduleMs === undefined ? {} : { schedule: retryScheduleMs }) }),
};
