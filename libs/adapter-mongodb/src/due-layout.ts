import type { DueItem } from '@hookyard/ports';
import type { Revisioned } from './conditional-upserts.ts';
import type { WantedIndex } from './document-layout.ts';

export const dueCollection = 'due_items';

/** What lies in `due_items`; short names, since there may be a million. */
export type StoredItem = {
  /** Partition and id: ids are unique within a partition only. */
  readonly _id: string;
  readonly p: number;
  /** Lane. */
  readonly l: string;
  /** Due at. */
  readonly t: number;
  /** Order. */
  readonly o: number;
  /** Id. */
  readonly i: string;
  /** Bytes of the value. */
  readonly n: number;
  /** Revision. */
  readonly r: number;
  readonly v: Buffer;
};

/** Lanes, their order, their counts and what a load may take are answered from it alone: no document is read but those that are handed out. */
export const dueIndex: WantedIndex = { name: 'in_order', key: { p: 1, l: 1, t: 1, o: 1, i: 1, n: 1 } };

export function itemId({ partition, id }: Pick<DueItem, 'partition' | 'id'>): string {
  return `${partition}:${id}`;
}

export function storedItem(item: DueItem): Revisioned {
  const { partition, lane, dueAt, order, id, value, revision } = item;
  return { id: itemId(item), revision, content: { p: partition, l: lane, t: dueAt, o: order, i: id, n: value.length, v: value } };
}

/** The value is copied: the driver's is a window on the whole answer, and would keep all of that in memory. */
export function fromStoredItem({ p, l, t, o, i, r, v }: StoredItem): DueItem {
  return { id: i, partition: p, lane: l, dueAt: t, order: o, revision: r, value: Buffer.from(v) };
}
