import { defaultMaxLoadBytes, type DueItem, type DuePage, type DueScan } from '@hookyard/ports';
import type { Db } from 'mongodb';
import type { Limits } from './calls.ts';
import { dueCollection, fromStoredItem, itemId, type StoredItem } from './due-layout.ts';

// Few, since their values come along: the driver reads ahead as much as the server puts into one answer.
const itemsAtOnce = 100;

/** The items of a partition by id, along the index that every collection has: an id begins with its partition. */
export async function scanDue(db: Db, partition: number, { after, limit, maxBytes = defaultMaxLoadBytes }: DueScan, { signal, maxTimeMS }: Limits): Promise<DuePage> {
  const range = { [after === undefined ? '$gte' : '$gt']: itemId({ partition, id: after ?? '' }), $lt: `${partition};` };
  const walk = db.collection<StoredItem>(dueCollection).find({ _id: range }, { sort: { _id: 1 }, batchSize: Math.min(limit + 1, itemsAtOnce), signal, maxTimeMS });
  const items: DueItem[] = [];
  let bytes = 0;
  try {
    for await (const stored of walk) {
      bytes += stored.n;
      if (items.length >= limit || (bytes > maxBytes && items.length > 0)) return { items, hasMore: true };
      items.push(fromStoredItem(stored));
    }
    return { items, hasMore: false };
  } finally {
    await walk.close();
  }
}
