import type { Groups } from './groups.ts';
import { sharedPredicates, type SharedPredicate } from './shared-predicates.ts';
import { insertSorted, removeSorted } from './sorted-list.ts';
import { meetsSubject, planSubjects } from './subject-index.ts';
import { typeIndex, type Plan, type TypeIndex } from './type-index.ts';
import { disjointTypes, matchesType } from './type-pattern.ts';
import type { CompiledWebhook, MatchableEvent, Reason, Verdict } from './types.ts';

export type WebhookVerdict = { readonly webhookId: string; readonly verdict: Verdict };

/** All webhooks of all projects in memory, arranged so that an event's cost follows its matches and not their number. */
export type MatchIndex = {
  /** Adds a webhook, or replaces the one of this id. A disabled one never matches and is still explained. */
  put(id: string, project: string, compiled: CompiledWebhook, enabled: boolean): void;
  remove(id: string): void;
  /** The ids of the enabled webhooks that the event concerns, each once, in an order that depends on the content alone. */
  match(project: string, event: MatchableEvent): string[];
  /** A verdict for every webhook of the project, by id. Says `matched` exactly for those that `match` answers. */
  explain(project: string, event: MatchableEvent): WebhookVerdict[];
  readonly size: number;
};

export type MatchIndexOptions = {
  /** A predicate threw: it counts as no match. Called each time. */
  readonly onFailure?: (predicateKey: string, error: unknown) => void;
};

type Entry = Plan & { readonly id: string; readonly project: string; readonly enabled: boolean; readonly original: CompiledWebhook };

type Project = { readonly types: TypeIndex; readonly entries: Entry[] };

export function matchIndex(options: MatchIndexOptions = {}): MatchIndex {
  const predicates = sharedPredicates(options.onFailure ?? (() => undefined));
  const entries = new Map<string, Entry>();
  const projects = new Map<string, Project>();
  let eventNumber = 0;

  const remove = (id: string): void => {
    const entry = entries.get(id);
    const project = entry === undefined ? undefined : projects.get(entry.project);
    if (entry === undefined || project === undefined) return;
    entries.delete(id);
    removeSorted(project.entries, id, entryId);
    if (entry.enabled) project.types.remove(id, entry);
    if (entry.predicate !== null) predicates.release(entry.predicate);
    if (project.entries.length === 0) projects.delete(entry.project);
  };

  return {
    put(id, projectId, compiled, enabled) {
      remove(id);
      const predicate = compiled.predicate === undefined ? null : predicates.take(compiled.predicate);
      const entry = { id, project: projectId, enabled, original: withoutPredicate(compiled), ...planOf(compiled, predicate) };
      const project = projects.get(projectId) ?? { types: typeIndex(), entries: [] };
      projects.set(projectId, project);
      entries.set(id, entry);
      insertSorted(project.entries, entry, entryId);
      if (enabled) project.types.add(id, entry);
    },

    remove,

    match(projectId, event) {
      const matched: string[] = [];
      const number = (eventNumber += 1);
      const visit = (groups: Groups): void => {
        for (const { predicate, ids } of groups) {
          if (predicate === null || predicates.holds(predicate, event, number)) for (const id of ids) matched.push(id);
        }
      };
      projects.get(projectId)?.types.visit(event.attributes.type, event.attributes.subject, visit);
      return matched;
    },

    explain(projectId, event) {
      const known = new Map<SharedPredicate, Verdict>();
      const ask = (predicate: SharedPredicate): Verdict => {
        const verdict = known.get(predicate) ?? predicates.verdict(predicate, event);
        known.set(predicate, verdict);
        return verdict;
      };
      return (projects.get(projectId)?.entries ?? []).map((entry) => ({ webhookId: entry.id, verdict: judge(entry, event, ask) }));
    },

    get size() {
      return entries.size;
    },
  };
}

function planOf(compiled: CompiledWebhook, predicate: SharedPredicate | null): Plan {
  return { types: disjointTypes(compiled.types), subjects: planSubjects(compiled.subjects), predicate };
}

// The webhook's own predicate gives way to the shared one, so that its memory is let go.
function withoutPredicate({ types, subjects }: CompiledWebhook): CompiledWebhook {
  return subjects === undefined ? { types } : { types, subjects };
}

function judge(entry: Entry, event: MatchableEvent, ask: (predicate: SharedPredicate) => Verdict): Verdict {
  const { type, subject } = event.attributes;
  if (!entry.enabled) return no({ code: 'webhook_disabled', message: 'The webhook is disabled.' });
  if (!entry.original.types.some((pattern) => matchesType(pattern, type))) {
    const wanted = entry.original.types;
    const message = `The event is of type ${type}, and the webhook subscribes to ${listed(wanted)}.`;
    return no({ code: 'type_not_subscribed', condition: `type ${listed(wanted)}`, actual: type, message });
  }
  if (!meetsSubject(entry.subjects, subject)) {
    const wanted = entry.original.subjects ?? [];
    const found = subject === undefined ? 'The event has no subject' : `The event is about ${subject}`;
    const message = `${found}, and the webhook asks for ${listed(wanted)}.`;
    return no({ code: 'subject_not_matched', condition: `subject ${listed(wanted)}`, ...(subject === undefined ? {} : { actual: subject }), message });
  }
  return entry.predicate === null ? { matched: true } : ask(entry.predicate);
}

function no(reason: Reason): Verdict {
  return { matched: false, reason };
}

// A reason stays readable, however much a webhook lists.
function listed(patterns: readonly string[]): string {
  const shown = patterns.slice(0, 5).join(', ');
  return patterns.length > 5 ? `${shown} and ${patterns.length - 5} more` : shown === '' ? 'nothing' : shown;
}

const entryId = (entry: Entry): string => entry.id;
