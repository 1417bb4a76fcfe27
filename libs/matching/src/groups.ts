import { findSorted, insertSorted, removeSorted } from './sorted-list.ts';
import type { SharedPredicate } from './shared-predicates.ts';

/** Webhooks that differ in nothing but their id: asked together. */
export type Group = { readonly key: string; readonly predicate: SharedPredicate | null; readonly ids: string[] };

/** In the order of their keys, each with its ids in order; those without a predicate come first. */
export type Groups = Group[];

export function addToGroups(groups: Groups, id: string, predicate: SharedPredicate | null): void {
  const key = keyOf(predicate);
  const known = findSorted(groups, key, groupKey);
  if (known !== undefined) insertSorted(known.ids, id, self);
  else insertSorted(groups, { key, predicate, ids: [id] }, groupKey);
}

export function removeFromGroups(groups: Groups, id: string, predicate: SharedPredicate | null): void {
  const group = findSorted(groups, keyOf(predicate), groupKey);
  if (group === undefined) return;
  removeSorted(group.ids, id, self);
  if (group.ids.length === 0) removeSorted(groups, group.key, groupKey);
}

function keyOf(predicate: SharedPredicate | null): string {
  return predicate === null ? '' : predicate.predicate.key;
}

const groupKey = (group: Group): string => group.key;
const self = (id: string): string => id;
