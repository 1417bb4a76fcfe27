import { Fault } from '@hookyard/event-schemas';
import type { DueItem, DueQueue } from '@hookyard/ports';
import type { Db } from 'mongodb';
import type { Call, Calls } from './calls.ts';
import { upsertNewer } from './conditional-upserts.ts';
import { dueCounts } from './due-counts.ts';
import { lanesOf } from './due-lanes.ts';
import { dueCollection, fromStoredItem, itemId, storedItem, type StoredItem } from './due-layout.ts';
import { loadDue } from './due-load.ts';
import { scanDue } from './due-scan.ts';
import { inCommands, remove } from './write-commands.ts';

export type DueQueueOptions = { readonly calls: Calls; readonly db: Db };

export function mongoDueQueue({ calls, db }: DueQueueOptions): DueQueue {
  const items = db.collection<StoredItem>(dueCollection);
  const counts = dueCounts(db);
  let closed = false;
  const requireOpen = (): void => {
    if (closed) throw new Fault('closed', { what: 'the due queue' });
  };

  async function olderThan(call: Call, asked: readonly Pick<DueItem, 'id' | 'partition' | 'revision'>[]): Promise<readonly DueItem[]> {
    const revisions = new Map<string, number>();
    for (const item of asked) revisions.set(itemId(item), Math.max(item.revision, revisions.get(itemId(item)) ?? item.revision));
    // One bound for all, so that values of what is newer than all of them are not read; each is judged by its own here.
    const filter = { _id: { $in: [...revisions.keys()] }, r: { $lt: Math.max(...revisions.values()) } };
    const found = await call.attempt(({ signal, maxTimeMS }) => items.find(filter, { batchSize: asked.length + 1, signal, maxTimeMS }).toArray());
    return found.filter(({ _id, r }) => r < (revisions.get(_id) ?? -Infinity)).map(fromStoredItem);
  }

  return {
    async put(put) {
      requireOpen();
      const stored = put.map(storedItem);
      await calls.run((call) => upsertNewer(call, { db, collection: dueCollection }, stored)).finally(counts.forget);
    },
    async complete(completed) {
      requireOpen();
      const removals = completed.map((item) => ({ q: { _id: itemId(item), r: { $lte: item.revision } }, limit: 1 as const }));
      const removed = calls.run(async (call) => {
        for (const some of inCommands(removals)) await call.attempt((limits) => remove(db, dueCollection, some, limits));
      });
      await removed.finally(counts.forget);
    },
    async lanes(partition, options) {
      requireOpen();
      return calls.run((call) => lanesOf(call, db, partition, options));
    },
    async load(load) {
      requireOpen();
      return calls.run((call) => loadDue(call, db, load));
    },
    async older(asked) {
      requireOpen();
      return calls.run(async (call) => {
        const found: DueItem[] = [];
        for (const some of inCommands(asked)) found.push(...(await olderThan(call, some)));
        return found;
      });
    },
    async scan(partition, options) {
      requireOpen();
      return calls.run((call) => call.attempt((limits) => scanDue(db, partition, options, limits)));
    },
    async count(partitions) {
      requireOpen();
      return calls.run((call) => counts.of(call, partitions));
    },
    async close() {
      closed = true;
    },
  };
}
