import {
  isFault,
  topics,
  webhooksCollection,
  webhookStreamPrefix,
  type WebhookDocument,
  type WebhookFact,
  type WebhookRecord,
  type WebhookState,
} from '@hookyard/event-schemas';
import type { WebhookSummary } from '@hookyard/dialect';
import type { Dialects } from './definitions.ts';
import type { Entry, StreamProjection } from './stream-projection.ts';
import { webhook } from './webhook.ts';

/** Webhooks as the matcher, the dispatcher and lists see them. */
export function webhookProjection(dialects: Dialects): StreamProjection<WebhookState, WebhookFact> {
  return {
    topic: topics.webhooks,
    streamPrefix: webhookStreamPrefix,
    collections: [webhooksCollection],
    evolver: webhook,
    projectOf(state) {
      if (state.status === 'absent') return null;
      return state.status === 'live' ? state.record.project : state.project;
    },
    entries(state) {
      if (state.status === 'absent') return [];
      if (state.status === 'deleted') return [entry(state.id, state.revision, null, null)];
      const { record } = state;
      return [entry(record.id, record.revision, record, documentOf(record, dialects))];
    },
  };
}

function entry(id: string, revision: number, record: WebhookRecord | null, document: WebhookDocument | null): Entry {
  return { key: id, id, revision, collection: webhooksCollection, record, document };
}

export function documentOf(record: WebhookRecord, dialects: Dialects): WebhookDocument {
  const { name, url, eventTypes, labels } = summaryOf(record, dialects);
  const { id, project, dialect, status, disabledReason, createdAt, updatedAt } = record;
  return {
    id,
    project,
    dialect,
    name,
    url,
    status,
    ...(disabledReason === undefined ? {} : { disabledReason }),
    eventTypes,
    labels: Object.entries(labels).map(([label, value]) => `${label}:${value}`),
    createdAt,
    updatedAt,
    record,
  };
}

/** A definition that this build cannot read any more is still listed, by its id: it must not hold up everything after it. */
function summaryOf(record: WebhookRecord, dialects: Dialects): WebhookSummary {
  const unreadable: WebhookSummary = { name: record.id, url: '', eventTypes: [], labels: {} };
  const dialect = dialects.get(record.dialect);
  if (dialect === undefined) return unreadable;
  try {
    return dialect.summarize(dialect.parse(record.definition));
  } catch (error) {
    if (isFault(error, 'invalid_request')) return unreadable;
    throw error;
  }
}
