import { Fault } from '@hookyard/event-schemas';
import type { CollectionSpec, FieldType } from '@hookyard/ports';
import { MongoServerError, ObjectId, type Db } from 'mongodb';
import type { Call, Limits } from './calls.ts';
import { durable, remove, requireDurable, update } from './write-commands.ts';

/** What there is to know of a collection, kept in `collections`: its declared fields, and the name that its documents lie under. */
type Registered = { readonly _id: string; readonly fields: string; readonly documents: string };

const registry = 'collections';

/**
 * The collections of the read models. Each creation has a name of its own on the server, so that a process which has not heard that a collection
 * was dropped cannot write into the one that took its place.
 */
export function collectionRegistry(db: Db) {
  const find = (name: string) => ({ signal, maxTimeMS }: Limits) => db.collection<Registered>(registry).findOne({ _id: name }, { signal, maxTimeMS });

  return {
    /** The name of its documents on the server; registers it when missing. Refused with `collection_mismatch`. */
    async open(call: Call, { name, fields }: Pick<CollectionSpec, 'name' | 'fields'>): Promise<string> {
      for (let round = 1; ; round += 1) {
        const known = await call.attempt(find(name));
        if (known !== null) {
          if (known.fields !== inOrder(fields)) throw new Fault('collection_mismatch', { collection: name });
          return known.documents;
        }
        const documents = freshName(name);
        // Only when nobody was faster; then it is looked up again.
        const registration = { q: { _id: name, documents }, u: { fields: inOrder(fields), documents }, upsert: true } as const;
        await call.attempt((limits) => update(db, registry, [registration], limits));
        if (round > 1) await call.pause(round - 1);
      }
    },
    async names(call: Call): Promise<readonly string[]> {
      const found = await call.attempt(({ signal, maxTimeMS }) =>
        db.collection<Registered>(registry).find({}, { projection: { _id: 1 }, sort: { _id: 1 }, signal, maxTimeMS }).toArray(),
      );
      return found.map(({ _id }) => _id);
    },
    /** The documents of `by` under the server's name of those of `name`, so that who has `name` open finds them there. */
    async replace(call: Call, name: string, by: string): Promise<void> {
      const replacing = await call.attempt(find(by));
      if (replacing === null) throw new Fault('not_found', { collection: by });
      const fields = Object.fromEntries(JSON.parse(replacing.fields) as [string, FieldType][]);
      const documents = await this.open(call, { name, fields });
      let attempts = 0;
      await call.attempt(async (limits) => {
        attempts += 1;
        const isRenamed = await renameDocuments(db, replacing.documents, { to: documents, limits });
        // None to rename: an earlier attempt, whose answer was lost, has done it.
        if (!isRenamed && attempts === 1) throw new Fault('not_found', { collection: by });
      });
      await call.attempt((limits) => remove(db, registry, [{ q: { _id: by, documents: replacing.documents }, limit: 1 }], limits));
    },
    async drop(call: Call, name: string): Promise<void> {
      const known = await call.attempt(find(name));
      if (known === null) return;
      const { documents } = known;
      await call.attempt((limits) => dropDocuments(db, documents, limits));
      await call.attempt((limits) => remove(db, registry, [{ q: { _id: name, documents }, limit: 1 }], limits));
    },
  };
}

export type CollectionRegistry = ReturnType<typeof collectionRegistry>;

/** In one step for all readers and writers. False when there is nothing of this name. */
async function renameDocuments(db: Db, from: string, { to, limits }: { readonly to: string; readonly limits: Limits }): Promise<boolean> {
  const namespace = (collection: string): string => `${db.databaseName}.${collection}`;
  const command = { renameCollection: namespace(from), to: namespace(to), dropTarget: true, writeConcern: durable(limits) };
  try {
    requireDurable(await db.client.db('admin').command(command, { signal: limits.signal }));
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function dropDocuments(db: Db, documents: string, limits: Limits): Promise<void> {
  try {
    requireDurable(await db.command({ drop: documents, maxTimeMS: limits.maxTimeMS, writeConcern: durable(limits) }, { signal: limits.signal }));
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

const namespaceNotFound = 26;

/** By its words too: servers did without the code. */
function isMissing(error: unknown): boolean {
  return error instanceof MongoServerError && (error.code === namespaceNotFound || error.message.includes('ns not found'));
}

function inOrder(fields: CollectionSpec['fields']): string {
  return JSON.stringify(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** `deliveries_v1.` and an id: to be recognised by who looks at the server. */
function freshName(name: string): string {
  return `${name.replace(/[^\w-]/g, '_').slice(0, 80)}.${new ObjectId().toHexString()}`;
}
