import { Fault } from '@hookyard/event-schemas';
import type { Clock, Collection, CollectionSpec, Condition, Document, Query, Stored } from '@hookyard/ports';
import { comparison, cursorOf, holds, placeIn, placeOf } from './memory-query.ts';

/** Where the documents of a collection are; who has the collection open sees what is put there in their place. */
export type Contents = { documents: Map<string, Stored<Document>> };

export type MemoryCollectionOptions = { readonly fields: CollectionSpec['fields']; readonly contents: Contents; readonly clock: Clock; readonly requireOpen: () => void };

export function memoryCollection({ fields, contents, clock, requireOpen }: MemoryCollectionOptions): Collection<Document> {
  function live(id: string): readonly Stored<Document>[] {
    const stored = contents.documents.get(id);
    return stored === undefined || hasExpired(stored, clock.now()) ? [] : [structuredClone(stored)];
  }

  function find(where: readonly Condition[]): readonly Stored<Document>[] {
    requireOpen();
    for (const { field } of where) requireField(field);
    const now = clock.now();
    return [...contents.documents.values()].filter((stored) => !hasExpired(stored, now) && where.every((each) => holds(each, stored.document)));
  }

  function requireField(field: string): void {
    if (!Object.hasOwn(fields, field)) throw new Fault('unknown_field', { field });
  }

  return {
    async upsert(writes) {
      requireOpen();
      return writes.map((write) => {
        if (write.revision <= (contents.documents.get(write.id)?.revision ?? -Infinity)) return 'stale';
        contents.documents.set(write.id, JSON.parse(JSON.stringify(write)) as Stored<Document>);
        return 'applied';
      });
    },
    async get(id) {
      requireOpen();
      return live(id)[0] ?? null;
    },
    async getMany(ids) {
      requireOpen();
      return [...new Set(ids)].flatMap(live);
    },
    async query({ where = [], sort = [], limit, cursor }: Query) {
      for (const [field] of sort) requireField(field);
      const compare = comparison(sort);
      const after = cursor === undefined ? undefined : placeIn(cursor, { where, sort });
      const found = find(where)
        .map((stored) => ({ stored, place: placeOf(stored, sort) }))
        .filter(({ place }) => after === undefined || compare(place, after) > 0)
        .sort((a, b) => compare(a.place, b.place));
      const page = found.slice(0, limit);
      const last = page.at(-1);
      const items = page.map(({ stored }) => structuredClone(stored));
      return last === undefined || found.length <= limit ? { items } : { items, cursor: cursorOf(last.place, { where, sort }) };
    },
    async count(where = []) {
      return find(where).length;
    },
    async delete(ids) {
      requireOpen();
      return ids.filter((id) => contents.documents.delete(id)).length;
    },
    async sweep(now, limit) {
      requireOpen();
      const expired = [...contents.documents.values()].filter((stored) => hasExpired(stored, now)).slice(0, limit);
      for (const { id } of expired) contents.documents.delete(id);
      return expired.length;
    },
  };
}

function hasExpired({ expiresAt }: Stored<Document>, now: number): boolean {
  return expiresAt !== undefined && expiresAt <= now;
}
