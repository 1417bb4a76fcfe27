import { Fault } from '@hookyard/event-schemas';
import type { Clock, Collection, CollectionSpec, Document, Query, Stored } from '@hookyard/ports';
import type { Db, Document as Bson, ObjectId } from 'mongodb';
import type { Call, Calls, Limits } from './calls.ts';
import { upsertNewer } from './conditional-upserts.ts';
import { fromCursor, toCursor, type CursorValue } from './cursor.ts';
import { fieldValue, fromStored, storedForm, type StoredDocument } from './document-layout.ts';
import { allOf, expired, filterOf, notExpired, requireDeclared } from './query-filter.ts';
import { afterFilters, sortKeys, toSort, type SortKey } from './query-order.ts';
import { inCommands, remove, type Removal } from './write-commands.ts';

export type CollectionContext = {
  readonly calls: Calls;
  readonly db: Db;
  /** The name that it has on the server. */
  readonly collection: string;
  readonly clock: Clock;
  readonly requireOpen: () => void;
};

const mostItems = 1_000;

export function openCollection<D extends Document>(spec: CollectionSpec, { calls, db, collection, clock, requireOpen }: CollectionContext): Collection<D> {
  const documents = db.collection<StoredDocument>(collection);

  function find(filter: Bson, { signal, maxTimeMS }: Limits, page?: { readonly keys: readonly SortKey[]; readonly limit: number }): Promise<StoredDocument[]> {
    const asked = { projection: { r: 1, e: 1, d: 1 }, signal, maxTimeMS };
    // A batch as large as the page: one answer brings it.
    return documents.find(filter, page === undefined ? asked : { ...asked, sort: toSort(page.keys), limit: page.limit, batchSize: page.limit }).toArray();
  }

  /** Up to `limit` of what the filters find, one after the other. */
  async function inTurn(call: Call, filters: readonly Bson[], page: { readonly keys: readonly SortKey[]; readonly limit: number }): Promise<readonly StoredDocument[]> {
    const found: StoredDocument[] = [];
    for (const filter of filters) {
      const limit = page.limit - found.length;
      if (limit > 0) found.push(...(await call.attempt((limits) => find(filter, limits, { ...page, limit }))));
    }
    return found;
  }

  async function getMany(ids: readonly string[]): Promise<readonly Stored<D>[]> {
    requireOpen();
    const live = notExpired(clock.now());
    return calls.run(async (call) => {
      const found: Stored<D>[] = [];
      for (const some of inCommands([...new Set(ids)])) {
        const stored = await call.attempt((limits) => find({ _id: { $in: some }, ...live }, limits));
        found.push(...stored.map((each) => fromStored<D>(each)));
      }
      return found;
    });
  }

  function count(filter: Bson, { signal, maxTimeMS }: Limits): Promise<number> {
    return db.command({ count: collection, query: filter, maxTimeMS }, { signal }).then((reply) => Number(reply['n']));
  }

  /** Removes documents as they were found, and none that has taken the place of one since: also when the command arrives late. */
  async function removeFound(call: Call, filter: Bson, limit: number): Promise<number> {
    const asked = { projection: { w: 1 }, limit, batchSize: limit };
    const found = await call.attempt(({ signal, maxTimeMS }) => db.collection<Written>(collection).find(filter, { ...asked, signal, maxTimeMS }).toArray());
    // With none there is a command too: its answer says that what was seen, or not seen, is durable.
    const removals: readonly Removal[] = found.length === 0 ? [noRemoval] : found.map(({ _id, w }) => ({ q: { _id, w }, limit: 1 as const }));
    for (const some of inCommands(removals)) await call.attempt((limits) => remove(db, collection, some, limits));
    return found.length;
  }

  return {
    async upsert(writes) {
      requireOpen();
      const stored = writes.map((write) => storedForm(spec.fields, write));
      return calls.run((call) => upsertNewer(call, { db, collection }, stored));
    },
    async get(id) {
      const [found] = await getMany([id]);
      return found ?? null;
    },
    getMany,
    async query(query) {
      requireOpen();
      requireAskable(spec, query);
      const keys = sortKeys(spec, query.sort ?? []);
      const base = [filterOf(spec, query.where ?? []), notExpired(clock.now())];
      const after = query.cursor === undefined ? [{}] : afterFilters(keys, fromCursor(query, query.cursor));
      const filters = after.map((beyond) => allOf([...base, beyond]));
      const found = await calls.run((call) => inTurn(call, filters, { keys, limit: query.limit + 1 }));
      const items = found.slice(0, query.limit).map((each) => fromStored<D>(each));
      const last = items.at(-1);
      return found.length <= query.limit || last === undefined ? { items } : { items, cursor: toCursor(query, placeOf(spec, query, last)) };
    },
    async count(where = []) {
      requireOpen();
      const filter = filterOf(spec, where);
      // By id when nothing is asked for: a count without conditions is an estimate of the server's.
      const all = where.length === 0 ? { _id: { $gte: '' } } : filter;
      const gone = allOf([filter, expired(clock.now())]);
      // Two counts, of all and of what has expired: the first needs an index alone, the second looks at the few that wait to be swept.
      return calls.run(async (call) => {
        const [found, over] = await Promise.all([all, gone].map((each) => call.attempt((limits) => count(each, limits))));
        return Math.max((found ?? 0) - (over ?? 0), 0);
      });
    },
    async delete(ids) {
      requireOpen();
      return calls.run(async (call) => {
        let removed = 0;
        for (const some of inCommands([...new Set(ids)])) removed += await removeFound(call, { _id: { $in: some } }, some.length);
        return removed;
      });
    },
    async sweep(now, limit) {
      requireOpen();
      return calls.run((call) => removeFound(call, expired(now), limit));
    },
  };
}

type Written = { readonly _id: string; readonly w: ObjectId };

// No document lacks a writer.
const noRemoval = { q: { _id: '', w: null }, limit: 1 as const };

function requireAskable(spec: CollectionSpec, { sort = [], limit }: Query): void {
  requireDeclared(spec, sort.map(([field]) => field));
  const list = sort.find(([field]) => spec.fields[field] === 'strings');
  if (list !== undefined) throw refusal('sort', `\`${list[0]}\` is a list, which has no place in an order`);
  if (!Number.isInteger(limit) || limit < 1 || limit > mostItems) throw refusal('limit', `must be a whole number from 1 to ${mostItems}`);
}

function refusal(field: string, reason: string): Fault {
  return new Fault('invalid_request', { problems: [{ field, code: 'out_of_range', reason }] });
}

function placeOf(spec: CollectionSpec, { sort = [] }: Query, { id, document }: Stored<Document>): readonly CursorValue[] {
  return [...sort.map(([field]) => fieldValue(document, field, spec.fields[field]) as CursorValue), id];
}
