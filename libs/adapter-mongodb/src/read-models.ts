import { Fault } from '@hookyard/event-schemas';
import type { Clock, Collection, CollectionSpec, Document, ReadModels } from '@hookyard/ports';
import type { Db } from 'mongodb';
import type { Calls } from './calls.ts';
import { openCollection } from './collection.ts';
import { collectionRegistry } from './collection-registry.ts';
import { declaredIndex, expiryIndex } from './document-layout.ts';
import { ensureIndexes } from './indexes.ts';

export type ReadModelsOptions = { readonly calls: Calls; readonly db: Db; readonly clock: Clock; readonly onWarning: (warning: string) => void };

export function mongoReadModels({ calls, db, clock, onWarning }: ReadModelsOptions): ReadModels {
  const registry = collectionRegistry(db);
  let closed = false;
  const requireOpen = (): void => {
    if (closed) throw new Fault('closed', { what: 'the read models' });
  };

  return {
    async collection<D extends Document>(spec: CollectionSpec): Promise<Collection<D>> {
      requireOpen();
      const collection = await calls.run((call) => registry.open(call, spec));
      await ensureIndexes({ calls, db, onWarning }, collection, [expiryIndex, ...spec.indexes.map(declaredIndex)]);
      return openCollection<D>(spec, { calls, db, collection, clock, requireOpen });
    },
    async names() {
      requireOpen();
      return calls.run(registry.names);
    },
    async drop(name) {
      requireOpen();
      await calls.run((call) => registry.drop(call, name));
    },
    async replace(name, by) {
      requireOpen();
      await calls.run((call) => registry.replace(call, name, by));
    },
    async close() {
      closed = true;
    },
  };
}
