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
  let closed = false;
  const requireOpen = (): void => {
    if (closed) throw new Fault('closed', { what: 'the read models' });
  };

  return {
    async collection<D extends Document>(spec: CollectionSpec): Promise<Collection<D>> {
      requireOpen();
      const { id } = await writer.control('createCollection', { name: spec.name, fields: spec.fields, indexes: spec.indexes });
      return openCollection<D>(spec, { table: id, writer, reader, turns, clock, requireOpen });
    },
    async names() {
      requireOpen();
      return reader.prepare('SELECT name FROM collections ORDER BY name').all().map(([name]) => text(name));
    },
    async drop(name) {
      requireOpen();
      await writer.control('dropCollection', { name });
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
