import type { Groups } from './groups.ts';
import { cut } from './json.ts';
import { sharedPredicates, type SharedPredicate } from './shared-predicates.ts';
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

type Entry = {
  readonly id: string;
  readonly project: string;
  readonly enabled: boolean;
  readonly plan: Plan;
  /** As they were given, for reasons. */
  readonly types: readonly string[];
  readonly subjects: readonly string[];
};

type Project = { readonly types: TypeIndex; readonly entries: Map<string, Entry> };

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
    project.entries.delete(id);
    if (entry.enabled) project.types.remove(id, entry.plan);
    if (entry.plan.predicate !== null) predicates.release(entry.plan.predicate);
    if (project.entries.size === 0) projects.delete(entry.project);
  };

  return {
    put(id, projectId, compiled, enabled) {
      remove(id);
      const { types, subjects } = compiled;
      const predicate = compiled.predicate === undefined ? null : predicates.take(compiled.predicate);
      const plan = { types: disjointTypes(types), subjects: planSubjects(subjects), predicate };
      const entry: Entry = { id, project: projectId, enabled, plan, types, subjects: subjects ?? [] };
      const project = projects.get(projectId) ?? { types: typeIndex(), entries: new Map<string, Entry>() };
      projects.set(projectId, project);
      entries.set(id, entry);
      project.entries.set(id, entry);
      if (enabled) project.types.add(id, plan);
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
      const all = [...(projects.get(projectId)?.entries.values() ?? [])].sort(byId);
      return all.map((entry) => ({ webhookId: entry.id, verdict: judge(entry, event, ask) }));
    },

    get size() {
      return entries.size;
    },
  };
}

function judge(entry: Entry, event: MatchableEvent, ask: (predicate: SharedPredicate) => Verdict): Verdict {
  const { type, subject } = event.attributes;
  if (!entry.enabled) return no({ code: 'webhook_disabled', message: 'The webhook is disabled.' });
  if (!entry.types.some((pattern) => matchesType(pattern, type))) {
    const wanted = listed(entry.types);
    const message = `The event is of type ${cut(type)}, and the webhook subscribes to ${wanted}.`;
    return no({ code: 'type_not_subscribed', condition: `type ${wanted}`, actual: cut(type), message });
  }
  if (!meetsSubject(entry.plan.subjects, subject)) {
    const wanted = listed(entry.subjects);
    const found = subject === undefined ? 'The event has no subject' : `The event is about ${cut(subject)}`;
    const message = `${found}, and the webhook asks for ${wanted}.`;
    return no({ code: 'subject_not_matched', condition: `subject ${wanted}`, ...(subject === undefined ? {} : { actual: cut(subject) }), message });
  }
  return entry.plan.predicate === null ? { matched: true } : ask(entry.plan.predicate);
}

function no(reason: Reason): Verdict {
  return { matched: false, reason };
}

// A reason stays readable, however much a webhook lists.
function listed(patterns: readonly string[]): string {
  const shown = patterns.slice(0, 5).join(', ');
  return patterns.length > 5 ? `${shown} and ${patterns.length - 5} more` : shown === '' ? 'nothing' : shown;
}

function byId(left: Entry, right: Entry): number {
  return left.id < right.id ? -1 : 1;
}
