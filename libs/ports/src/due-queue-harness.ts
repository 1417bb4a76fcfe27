import { randomInt } from 'node:crypto';
import type { DueItem } from './due-queue.ts';

/** Shared servers hold the partitions of other tests. */
export const freshPartition = () => randomInt(1, 2 ** 31 - 1);

export function item(partition: number, id: string, options: Partial<DueItem> = {}): DueItem {
  return { id, partition, lane: 'lane', dueAt: 1_000, order: 0, revision: 1, value: Buffer.from(id), ...options };
}

/** What a load answers that finds none. */
export const nothing = { items: [], hasMore: false };
