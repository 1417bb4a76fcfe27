import { glob } from './glob.ts';
import { addToGroups, removeFromGroups, type Groups } from './groups.ts';
import type { SharedPredicate } from './shared-predicates.ts';
import { findSorted, insertSorted, removeSorted } from './sorted-list.ts';

/** Webhooks by their sets of subject patterns; any pattern of a set suffices. */
export type GlobIndex = {
  readonly add: (id: string, globs: readonly string[], predicate: SharedPredicate | null) => void;
  readonly remove: (id: string, globs: readonly string[], predicate: SharedPredicate | null) => void;
  readonly visit: (subject: string, visit: (groups: Groups) => void) => void;
  readonly isEmpty: () => boolean;
};

type GlobSet = { readonly key: string; readonly tests: readonly ((subject: string) => boolean)[]; readonly groups: Groups };

/** A set stands under what all its patterns begin with: a subject looks up its own beginnings and passes over all other sets. */
export function globIndex(): GlobIndex {
  const shelves = new Map<string, GlobSet[]>();
  const lengths = countedLengths();

  return {
    add(id, globs, predicate) {
      const prefix = prefixOf(globs);
      const key = JSON.stringify(globs);
      const shelf = shelves.get(prefix) ?? [];
      const set = findSorted(shelf, key, setKey) ?? { key, tests: globs.map((pattern) => glob(pattern).matches), groups: [] };
      addToGroups(set.groups, id, predicate);
      insertSorted(shelf, set, setKey);
      if (!shelves.has(prefix)) lengths.add(prefix.length);
      shelves.set(prefix, shelf);
    },
    remove(id, globs, predicate) {
      const prefix = prefixOf(globs);
      const shelf = shelves.get(prefix) ?? [];
      const set = findSorted(shelf, JSON.stringify(globs), setKey);
      if (set === undefined) return;
      removeFromGroups(set.groups, id, predicate);
      if (set.groups.length === 0) removeSorted(shelf, set.key, setKey);
      if (shelf.length > 0) return;
      shelves.delete(prefix);
      lengths.remove(prefix.length);
    },
    visit(subject, visit) {
      for (const length of lengths.ascending()) {
        if (length > subject.length) return;
        for (const set of shelves.get(subject.slice(0, length)) ?? []) {
          if (set.tests.some((matches) => matches(subject))) visit(set.groups);
        }
      }
    },
    isEmpty: () => shelves.size === 0,
  };
}

/** The lengths in use, each as long as somebody uses it. */
function countedLengths() {
  const uses = new Map<number, number>();
  let sorted: readonly number[] = [];
  const count = (length: number, change: number): void => {
    const now = (uses.get(length) ?? 0) + change;
    if (now > 0) uses.set(length, now);
    else uses.delete(length);
    if (uses.size !== sorted.length) sorted = [...uses.keys()].sort((left, right) => left - right);
  };
  return { add: (length: number) => count(length, 1), remove: (length: number) => count(length, -1), ascending: () => sorted };
}

function prefixOf(globs: readonly string[]): string {
  const [first = '', ...others] = globs.map((pattern) => glob(pattern).prefix);
  let length = first.length;
  for (const other of others) while (!other.startsWith(first.slice(0, length))) length -= 1;
  return first.slice(0, length);
}

const setKey = (set: GlobSet): string => set.key;
