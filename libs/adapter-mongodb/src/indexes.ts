import { isDeepStrictEqual } from 'node:util';
import { Fault } from '@hookyard/event-schemas';
import type { Db, Document } from 'mongodb';
import type { Calls, Limits } from './calls.ts';
import type { WantedIndex } from './document-layout.ts';
import { durable, requireDurable } from './write-commands.ts';

// Over documents that are there already it takes its time; a server that is asked again joins the work, but one whose asker leaves may drop it.
const longestBuildMs = 3_600_000;

export type IndexContext = { readonly calls: Calls; readonly db: Db; readonly onWarning: (warning: string) => void };

/**
 * Creates what is missing, and checks what is there: an index of a wanted name or key that differs is refused with `collection_mismatch`.
 * Indexes that somebody else added are left alone.
 */
export async function ensureIndexes({ calls, db, onWarning }: IndexContext, collection: string, wanted: readonly WantedIndex[]): Promise<void> {
  const found = await calls.run((call) => call.attempt((limits) => indexesOf(db, collection, limits)));
  const missing = wanted.filter((index) => !isThere(collection, found, index));
  if (missing.length === 0) return;
  if (found.length > 0) onWarning(`MongoDB builds ${missing.length} new indexes on ${collection}: ${missing.map(({ name }) => name).join(', ')}`);
  await calls.run(
    (call) =>
      call.attempt(async (limits) => {
        requireDurable(await db.command({ createIndexes: collection, indexes: missing, writeConcern: durable(limits) }, { signal: limits.signal }));
      }),
    { totalMs: longestBuildMs, attemptMs: longestBuildMs },
  );
}

// More than a collection may have (64), so that one answer holds them all.
const allIndexes = 1_000;

async function indexesOf(db: Db, collection: string, { signal, maxTimeMS }: Limits): Promise<readonly Document[]> {
  const reply = await db.command({ listIndexes: collection, cursor: { batchSize: allIndexes }, maxTimeMS }, { signal }).catch(whenMissing);
  return (reply['cursor'] as { readonly firstBatch: readonly Document[] }).firstBatch;
}

const namespaceNotFound = 26;

function whenMissing(error: unknown): Document {
  if (error instanceof Error && 'code' in error && error.code === namespaceNotFound) return { cursor: { firstBatch: [] } };
  throw error;
}

function isThere(collection: string, found: readonly Document[], wanted: WantedIndex): boolean {
  const same = found.filter((index) => index['name'] === wanted.name || isDeepStrictEqual(Object.entries(index['key'] as Document), Object.entries(wanted.key)));
  const differing = same.find((index) => !isDeepStrictEqual(traits(index), traits(wanted)));
  if (differing === undefined) return same.length > 0;
  throw new Fault('collection_mismatch', { collection, index: wanted.name }, { message: mismatch(collection, differing, wanted) });
}

function mismatch(collection: string, found: Document, wanted: WantedIndex): string {
  const inWords = (index: unknown): string => JSON.stringify(traits(index as Document));
  return `Index ${String(found['name'])} of ${collection} is ${inWords(found)}, not ${inWords(wanted)}. Drop it, and it will be built as it should be.`;
}

/** What decides on what an index finds and refuses; keys as pairs, since their order counts. */
function traits({ key, unique, sparse, hidden, collation, expireAfterSeconds, partialFilterExpression }: Document): Document {
  return {
    key: Object.entries(key as Document),
    unique: unique === true,
    sparse: sparse === true,
    hidden: hidden === true,
    collation: collation === undefined ? null : (collation as Document),
    expireAfterSeconds: expireAfterSeconds === undefined ? null : Number(expireAfterSeconds),
    partialFilterExpression: partialFilterExpression === undefined ? null : (partialFilterExpression as Document),
  };
}
