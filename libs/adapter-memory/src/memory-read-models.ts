import { isDeepStrictEqual } from 'node:util';
import { Fault } from '@hookyard/event-schemas';
import { systemClock, type Clock, type Collection, type CollectionSpec, type Document, type ReadModels } from '@hookyard/ports';
import { memoryCollection, type Contents } from './memory-collection.ts';

type Opened = { readonly fields: CollectionSpec['fields']; readonly contents: Contents; readonly collection: Collection<Document> };

/** ReadModels in memory. Documents expire by the clock. */
export function memoryReadModels({ clock = systemClock }: { readonly clock?: Clock } = {}): ReadModels {
  const collections = new Map<string, Opened>();
  let isClosed = false;

  function requireOpen(): void {
    if (isClosed) throw new Fault('closed');
  }

  function newCollection(fields: CollectionSpec['fields']): Opened {
    const contents: Contents = { documents: new Map() };
    return { fields, contents, collection: memoryCollection({ fields, contents, clock, requireOpen }) };
  }

  return {
    async collection<D extends Document>({ name, fields }: CollectionSpec) {
      requireOpen();
      const opened = collections.get(name) ?? newCollection(fields);
      requireSame(name, opened.fields, fields);
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
    async replace(name, by) {
      requireOpen();
      const replacing = collections.get(by);
      if (replacing === undefined) throw new Fault('not_found', { collection: by });
      const replaced = collections.get(name) ?? newCollection(replacing.fields);
      requireSame(name, replaced.fields, replacing.fields);
      replaced.contents.documents = replacing.contents.documents;
      collections.set(name, replaced);
      collections.delete(by);
    },
    async close() {
      isClosed = true;
    },
  };
}

function requireSame(collection: string, one: CollectionSpec['fields'], other: CollectionSpec['fields']): void {
  if (!isDeepStrictEqual({ ...one }, { ...other })) throw new Fault('collection_mismatch', { collection });
}
