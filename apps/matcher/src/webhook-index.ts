import type { AnyDialect } from '@hookyard/dialect';
import { isFault, partitionOf, type WebhookExplanation, type WebhookRecord } from '@hookyard/event-schemas';
import { matchIndex, type CompiledWebhook, type MatchableEvent, type Reason } from '@hookyard/matching';
import type { Log } from '@hookyard/runtime';
import type { MatcherMetrics } from './matcher-metrics.ts';

export type IndexedWebhook = {
  readonly id: string;
  readonly project: string;
  readonly revision: number;
  /** Of topic `deliveries`. */
  readonly partition: number;
  /** Why it can match nothing, whatever the event. */
  readonly unreadable?: Reason;
};

/** All webhooks, as the topic `webhooks` tells of them. */
export type WebhookIndex = {
  /** Takes a record, or `null` for a removed webhook. Never throws: what cannot be read matches nothing, and says why. */
  readonly change: (id: string, record: WebhookRecord | null) => void;
  /** The webhooks that an event concerns. */
  readonly match: (project: string, event: MatchableEvent) => readonly IndexedWebhook[];
  /** One webhook of the project, enabled or not. */
  readonly find: (project: string, id: string) => IndexedWebhook | undefined;
  /** A verdict on every webhook of the project, by id. */
  readonly explain: (project: string, event: MatchableEvent) => readonly WebhookExplanation[];
};

export type WebhookIndexOptions = {
  /** Of topic `deliveries`. */
  readonly partitions: number;
  readonly log: Log;
  readonly metrics: Pick<MatcherMetrics, 'indexed'>;
};

export function webhookIndex(dialects: readonly AnyDialect[], { partitions, log, metrics }: WebhookIndexOptions): WebhookIndex {
  const byName = new Map(dialects.map((dialect) => [dialect.name, dialect]));
  const webhooks = new Map<string, IndexedWebhook>();
  const failed = new Set<string>();
  const index = matchIndex({ onFailure: reportOnce });

  function reportOnce(predicate: string, error: unknown): void {
    if (failed.has(predicate) || failed.size >= mostReported) return;
    failed.add(predicate);
    log.error({ err: error, predicate: predicate.slice(0, 200) }, 'a condition could not be evaluated; its webhooks do not match');
  }

  function put(record: WebhookRecord): void {
    const { id, project, revision } = record;
    const compiled = compile(record, byName);
    const webhook = { id, project, revision, partition: partitionOf(id, partitions) };
    if ('unreadable' in compiled) {
      log.error({ webhookId: id, revision, reason: compiled.unreadable.message }, 'a webhook cannot be read; it matches nothing');
      webhooks.set(id, { ...webhook, unreadable: compiled.unreadable });
      index.put(id, project, matchesNothing, false);
    } else {
      webhooks.set(id, webhook);
      index.put(id, project, compiled.webhook, record.status === 'enabled');
    }
  }

  return {
    change(id, record) {
      try {
        if (record === null) {
          webhooks.delete(id);
          index.remove(id);
        } else if (record.revision > (webhooks.get(id)?.revision ?? -1)) put(record);
      } catch (error) {
        log.error({ err: error, webhookId: id }, 'a record of a webhook cannot be taken; it is passed over');
      }
      metrics.indexed(webhooks.size);
    },
    match: (project, event) => index.match(project, event).map((id) => webhooks.get(id) as IndexedWebhook),
    find(project, id) {
      const found = webhooks.get(id);
      return found?.project === project ? found : undefined;
    },
    explain: (project, event) =>
      index.explain(project, event).map(({ webhookId, verdict }) => {
        const { revision, unreadable } = webhooks.get(webhookId) as IndexedWebhook;
        const about = { webhookId, webhookRevision: revision };
        if (unreadable !== undefined) return { ...about, matched: false, reason: unreadable };
        return verdict.matched ? { ...about, matched: true } : { ...about, matched: false, reason: verdict.reason };
      }),
  };
}

/** Conditions whose failure is told; more of them are not told one by one. */
const mostReported = 1_000;

const matchesNothing: CompiledWebhook = { types: [] };

function compile(record: WebhookRecord, dialects: ReadonlyMap<string, AnyDialect>): { readonly webhook: CompiledWebhook } | { readonly unreadable: Reason } {
  const dialect = dialects.get(record.dialect);
  if (dialect === undefined) return unreadable(`This build has no dialect named ${record.dialect}.`);
  try {
    return { webhook: dialect.compile(dialect.parse(record.definition)) };
  } catch (error) {
    return unreadable(`Its definition cannot be read: ${sentence(error)}`);
  }
}

function unreadable(message: string): { readonly unreadable: Reason } {
  return { unreadable: { code: 'not_concerned', message } };
}

function sentence(error: unknown): string {
  const problem = isFault(error) ? error.details.problems?.[0] : undefined;
  if (problem !== undefined) return `${problem.field}: ${problem.reason}`;
  return error instanceof Error ? error.message : String(error);
}
