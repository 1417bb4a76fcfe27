import { glob } from './glob.ts';
import { globIndex, type GlobIndex } from './glob-index.ts';
import { addToGroups, removeFromGroups, type Groups } from './groups.ts';
import type { SharedPredicate } from './shared-predicates.ts';

/** What a webhook asks of the subject, taken apart so that a subject is met by at most one of its parts. */
export type SubjectPlan = {
  /** Subjects that it names whole. */
  readonly exact: readonly string[];
  /** Its patterns, tried together; empty when there are none. */
  readonly globs: readonly string[];
};

/** `null`: any subject, also none. */
export function planSubjects(subjects: readonly string[] | undefined): SubjectPlan | null {
  if (subjects === undefined) return null;
  const distinct = [...new Set(subjects)].sort();
  const globs = distinct.filter((pattern) => glob(pattern).literal === null);
  const exact = distinct.filter((pattern) => glob(pattern).literal !== null && !globs.some((other) => glob(other).matches(pattern)));
  return { exact, globs };
}

export function meetsSubject(plan: SubjectPlan | null, subject: string | undefined): boolean {
  if (plan === null) return true;
  return subject !== undefined && (plan.exact.includes(subject) || plan.globs.some((pattern) => glob(pattern).matches(subject)));
}

/** The webhooks of one type (or type pattern), found by subject. */
export type SubjectIndex = {
  readonly add: (id: string, plan: SubjectPlan | null, predicate: SharedPredicate | null) => void;
  readonly remove: (id: string, plan: SubjectPlan | null, predicate: SharedPredicate | null) => void;
  /** Calls `visit` for the groups that the subject concerns, in an order that depends on the content alone. */
  readonly visit: (subject: string | undefined, visit: (groups: Groups) => void) => void;
  readonly isEmpty: () => boolean;
};

export function subjectIndex(): SubjectIndex {
  const free: Groups = [];
  // Most types have neither.
  let exact: Map<string, Groups> | undefined;
  let globs: GlobIndex | undefined;

  return {
    add(id, plan, predicate) {
      if (plan === null) return addToGroups(free, id, predicate);
      for (const subject of plan.exact) {
        exact ??= new Map();
        const groups = exact.get(subject) ?? [];
        addToGroups(groups, id, predicate);
        exact.set(subject, groups);
      }
      if (plan.globs.length > 0) (globs ??= globIndex()).add(id, plan.globs, predicate);
    },
    remove(id, plan, predicate) {
      if (plan === null) return removeFromGroups(free, id, predicate);
      for (const subject of plan.exact) {
        const groups = exact?.get(subject) ?? [];
        removeFromGroups(groups, id, predicate);
        if (groups.length === 0) exact?.delete(subject);
      }
      if (plan.globs.length > 0) globs?.remove(id, plan.globs, predicate);
    },
    visit(subject, visit) {
      if (free.length > 0) visit(free);
      if (subject === undefined) return;
      const named = exact?.get(subject);
      if (named !== undefined) visit(named);
      globs?.visit(subject, visit);
    },
    isEmpty: () => free.length === 0 && (exact?.size ?? 0) === 0 && (globs?.isEmpty() ?? true),
  };
}
