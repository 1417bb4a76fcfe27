import { subjectIndex, type SubjectIndex, type SubjectPlan } from './subject-index.ts';
import type { Groups } from './groups.ts';
import type { SharedPredicate } from './shared-predicates.ts';
import { readTypePattern, type TypePattern } from './type-pattern.ts';

/** A webhook taken apart for the index. Its types are disjoint. */
export type Plan = {
  readonly types: readonly TypePattern[];
  readonly subjects: SubjectPlan | null;
  readonly predicate: SharedPredicate | null;
};

/** The enabled webhooks of one project, found by type, then subject. */
export type TypeIndex = {
  readonly add: (id: string, plan: Plan) => void;
  readonly remove: (id: string, plan: Plan) => void;
  /** Visits each webhook's group at most once: exact types first, then prefixes from the longest, then `*`. */
  readonly visit: (type: string, subject: string | undefined, visit: (groups: Groups) => void) => void;
};

export function typeIndex(): TypeIndex {
  // Keys are the patterns as they are written: `order.created`, `order.*`, `*`.
  const byPattern = new Map<string, SubjectIndex>();
  let prefixes = 0;

  return {
    add(id, plan) {
      for (const pattern of plan.types) {
        const key = keyOf(pattern);
        const known = byPattern.get(key);
        const subjects = known ?? subjectIndex();
        subjects.add(id, plan.subjects, plan.predicate);
        if (known === undefined && pattern.kind === 'prefix') prefixes += 1;
        byPattern.set(key, subjects);
      }
    },
    remove(id, plan) {
      for (const pattern of plan.types) {
        const key = keyOf(pattern);
        const subjects = byPattern.get(key);
        subjects?.remove(id, plan.subjects, plan.predicate);
        if (subjects?.isEmpty() !== true) continue;
        byPattern.delete(key);
        if (pattern.kind === 'prefix') prefixes -= 1;
      }
    },
    visit(type, subject, visit) {
      // An event whose type is itself written like a pattern is met below, by what it begins with.
      if (readTypePattern(type).kind === 'exact') byPattern.get(type)?.visit(subject, visit);
      if (prefixes > 0) {
        for (let dot = type.lastIndexOf('.'); dot > 0; dot = type.lastIndexOf('.', dot - 1)) {
          byPattern.get(`${type.slice(0, dot)}.*`)?.visit(subject, visit);
        }
      }
      byPattern.get('*')?.visit(subject, visit);
    },
  };
}

function keyOf(pattern: TypePattern): string {
  switch (pattern.kind) {
    case 'any':
      return '*';
    case 'exact':
      return pattern.type;
    case 'prefix':
      return `${pattern.prefix}*`;
  }
}
