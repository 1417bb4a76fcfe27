import { defaultMaxLoadBytes, type DueItem, type DueLoad, type DuePage } from '@hookyard/ports';
import type { Db } from 'mongodb';
import type { Call, Limits } from './calls.ts';
import { dueCollection, fromStoredItem, itemId, type StoredItem } from './due-layout.ts';
import { inCommands } from './write-commands.ts';

type Entry = Pick<StoredItem, 'i' | 'n'>;

// Entries of the index are some 60 bytes each: this many in one answer at most.
const entriesAtOnce = 2_000;

/** First what is to be loaded, from the index alone; then the values of that, and of nothing else. */
export async function loadDue(call: Call, db: Db, load: DueLoad): Promise<DuePage> {
  const { entries, hasMore } = await call.attempt((limits) => chosen(db, load, limits));
  const found = new Map<string, DueItem>();
  for (const some of inCommands(entries, ({ n }) => n)) {
    for (const item of await call.attempt((limits) => valuesOf(db, load.partition, some, limits))) found.set(item.id, item);
  }
  // What was completed or moved meanwhile is no longer among them.
  return { items: entries.flatMap(({ i }) => found.get(i) ?? []).filter(({ lane, dueAt }) => lane === load.lane && dueAt <= load.dueBefore), hasMore };
}

type Chosen = { readonly entries: readonly Entry[]; readonly hasMore: boolean };

/** Walks along the index until one of the bounds is reached. */
async function chosen(db: Db, { partition, lane, dueBefore, limit, maxBytes = defaultMaxLoadBytes, except }: DueLoad, { signal, maxTimeMS }: Limits): Promise<Chosen> {
  // No more than `except` can be passed over, and one more tells whether there are others.
  const most = limit + (except?.size ?? 0) + 1;
  const walk = db.collection<StoredItem>(dueCollection).find(
    { p: partition, l: lane, t: { $lte: dueBefore } },
    { projection: { _id: 0, i: 1, n: 1 }, sort: { p: 1, l: 1, t: 1, o: 1, i: 1 }, limit: most, batchSize: Math.min(most, entriesAtOnce), signal, maxTimeMS },
  );
  const entries: Entry[] = [];
  let bytes = 0;
  try {
    for await (const { i, n } of walk) {
      if (except?.has(i) === true) continue;
      bytes += n;
      if (entries.length >= limit || (bytes > maxBytes && entries.length > 0)) return { entries, hasMore: true };
      entries.push({ i, n });
    }
    return { entries, hasMore: false };
  } finally {
    await walk.close();
  }
}

async function valuesOf(db: Db, partition: number, entries: readonly Entry[], { signal, maxTimeMS }: Limits): Promise<readonly DueItem[]> {
  const ids = entries.map(({ i }) => itemId({ partition, id: i }));
  const found = await db.collection<StoredItem>(dueCollection).find({ _id: { $in: ids } }, { batchSize: ids.length + 1, signal, maxTimeMS }).toArray();
  return found.map(fromStoredItem);
}
