import { isDeepStrictEqual } from 'node:util';
import { Fault } from '@hookyard/event-schemas';
import { systemClock, type Clock, type Collection, type CollectionSpec, type Document, type ReadModels } from '@hookyard/ports';
import { memoryCollection } from './memory-collection.ts';

type Opened = { readonly fields: CollectionSpec['fields']; readonly collection: Collection<Document> };

/** ReadModels in memory. Documents expire by the clock. */
export function memoryReadModels({ clock = systemClock }: { readonly clock?: Clock } = {}): ReadModels {
  const collections = new Map<string, Opened>();
  let isClosed = false;

  function requireOpen(): void {
    if (isClosed) throw new Fault('closed');
  }

  return {
    async collection<D extends Document>({ name, fields }: CollectionSpec) {
      requireOpen();
      const opened = collections.get(name) ?? { fields, collection: memoryCollection(fields, clock, requireOpen) };
      if (!isDeepStrictEqual({ ...opened.fields }, { ...fields })) throw new Fault('collection_mismatch', { collection: name });
      collections.set(name, opened);
      // A collection holds what its callers say it holds; nobody can check that.
      return opened.collection as unknown as Collection<D>;
    },
    async names() {
      requireOpen();
      return [...collections.keys()];
    },
    async drop(name) {
      requireOpen();
      collections.delete(name);
    },
    async close() {
      isClosed = true;
    },
  };
}
