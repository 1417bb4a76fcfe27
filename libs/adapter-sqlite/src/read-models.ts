import { Fault } from '@hookyard/event-schemas';
import type { Clock, Collection, CollectionSpec, Document, ReadModels } from '@hookyard/ports';
import { openCollection } from './collection.ts';
import { number, text, type Database } from './driver.ts';
import type { Turns } from './turns.ts';
import type { Writer } from './writer.ts';

export type ReadModelsOptions = { readonly writer: Writer; readonly reader: Database; readonly turns: Turns; readonly clock: Clock };

export interface SqliteReadModels extends ReadModels {
  /** Removes what has expired, at most `limit` of each collection; answers how many. */
  sweep(limit: number): Promise<number>;
}

export function sqliteReadModels({ writer, reader, turns, clock }: ReadModelsOptions): SqliteReadModels {
  /** The table of each collection that is open. */
  const tables = new Map<string, number>();
  let closed = false;
  const requireOpen = (): void => {
    if (closed) throw new Fault('closed', { what: 'the read models' });
  };

  function registered(name: string): { readonly id: number; readonly fields: string } | undefined {
    const row = reader.prepare('SELECT id, fields FROM collections WHERE name = ?').get(name);
    return row === undefined ? undefined : { id: number(row[0]), fields: text(row[1]) };
  }

  return {
    async collection<D extends Document>(spec: CollectionSpec): Promise<Collection<D>> {
      requireOpen();
      const { id } = await writer.control('createCollection', { name: spec.name, fields: spec.fields, indexes: spec.indexes });
      tables.set(spec.name, id);
      return openCollection<D>(spec, { table: () => tables.get(spec.name) ?? id, writer, reader, turns, clock, requireOpen });
    },
    async names() {
      requireOpen();
      return reader.prepare('SELECT name FROM collections ORDER BY name').all().map(([name]) => text(name));
    },
    async drop(name) {
      requireOpen();
      await writer.control('dropCollection', { name });
    },
    async replace(name, by) {
      requireOpen();
      const [replacing, replaced] = [registered(by), registered(name)];
      if (replacing === undefined) throw new Fault('not_found', { collection: by });
      if (replaced !== undefined && replaced.fields !== replacing.fields) throw new Fault('collection_mismatch', { collection: name });
      // From here on: whatever is asked of the writer after the replacement finds the new table alone.
      tables.set(name, replacing.id);
      await writer.control('replaceCollection', { name, by }).catch((error: unknown) => {
        if (replaced !== undefined) tables.set(name, replaced.id);
        throw error;
      });
    },
    async sweep(limit) {
      let removed = 0;
      for (const [id] of reader.prepare('SELECT id FROM collections').all()) {
        requireOpen();
        removed += (await writer.control('sweepCollection', { id: number(id), now: clock.now(), limit })).removed;
      }
      return removed;
    },
    async close() {
      closed = true;
    },
  };
}
