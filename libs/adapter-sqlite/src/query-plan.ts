import { Fault } from '@hookyard/event-schemas';
import type { CollectionSpec, Condition, IndexSpec, Order, Query } from '@hookyard/ports';
import { documentTable, fieldColumn, indexName } from './collection-tables.ts';
import type { SqlValue } from './driver.ts';
import { afterSql, both, conditionSql, type Sql } from './query-conditions.ts';

export type QueryPlan = Sql & {
  /** How many columns of the order there are; they follow the four of the document. */
  readonly keys: number;
};

type SortKey = { readonly field: string | undefined; readonly column: string; readonly order: Order };

// More values than this in one `in` are looked up and sorted instead of merged. SQLite allows 500 terms in a compound.
const mergedValues = 100;

/**
 * The SQL of a page. The declared index is chosen here and named in the text: SQLite knows no statistics of these tables and would guess.
 * `in` on a field before the sorted ones in the index becomes one ordered walk for each value, merged: no sort, however much there is.
 */
export function planQuery(table: number, spec: CollectionSpec, query: Query & { readonly after?: readonly SqlValue[]; readonly now: number }): QueryPlan {
  const where = query.where ?? [];
  requireDeclared(spec, [...where.map(({ field }) => field), ...(query.sort ?? []).map(([field]) => field)]);
  const keys = sortKeys(query.sort ?? []);
  const index = bestIndex(spec.indexes, where, keys);
  const branches = expand(where, index, keys).flatMap((conditions) => {
    const filter = both(...conditions.map((condition) => conditionSql(condition, spec.fields[condition.field])), notExpired(query.now));
    if (query.after === undefined) return [filter];
    const { after } = query;
    return afterSql(keys.map(({ column, order }, at) => ({ column, order, value: after[at] ?? null }))).map((beyond) => both(filter, beyond));
  });
  const columns = ['id', 'revision', 'expires_at', 'document', ...keys.map(({ column }, at) => `${column} AS k${at}`)].join(', ');
  const from = `${documentTable(table)}${index === undefined ? '' : ` INDEXED BY ${indexName(table, index)}`}`;
  return {
    sql: `${branches.map(({ sql }) => `SELECT ${columns} FROM ${from} WHERE ${sql}`).join('\nUNION ALL ')}
ORDER BY ${keys.map(({ order }, at) => `k${at} ${order}`).join(', ')} LIMIT ?`,
    values: [...branches.flatMap(({ values }) => values), query.limit + 1],
    keys: keys.length,
  };
}

/** Two counts, all and expired: the first needs nothing but an index, the second looks at the few that wait to be swept. */
export function planCount(table: number, spec: CollectionSpec, where: readonly Condition[], now: number): Sql {
  requireDeclared(spec, where.map(({ field }) => field));
  const filter = both(...where.map((condition) => conditionSql(condition, spec.fields[condition.field])));
  const from = documentTable(table);
  return {
    sql: `SELECT (SELECT count(*) FROM ${from} WHERE ${filter.sql})
      - (SELECT count(*) FROM ${from} INDEXED BY ${from}_by_expiry WHERE expires_at IS NOT NULL AND expires_at <= ? AND ${filter.sql})`,
    values: [...filter.values, now, ...filter.values],
  };
}

function requireDeclared(spec: CollectionSpec, fields: readonly string[]): void {
  const unknown = fields.find((field) => !Object.hasOwn(spec.fields, field));
  if (unknown !== undefined) throw new Fault('unknown_field', { collection: spec.name, field: unknown });
}

/** The id is last: downwards when all before it go down, so that one walk along an index the other way round does, else upwards. */
function sortKeys(sort: IndexSpec): readonly SortKey[] {
  const keys = sort.map(([field, order]) => ({ field, column: fieldColumn(field), order }));
  const down = sort.length > 0 && sort.every(([, order]) => order === 'desc');
  return [...keys, { field: undefined, column: 'id', order: down ? 'desc' : 'asc' }];
}

// The plus keeps SQLite from entering through the index on the expiry.
function notExpired(now: number): Sql {
  return { sql: '(+expires_at IS NULL OR +expires_at > ?)', values: [now] };
}

const fixes = (where: readonly Condition[], field: string): boolean => where.some((one) => one.field === field && (one.op === 'eq' || one.op === 'in'));
const bounds = (where: readonly Condition[], field: string | undefined): boolean =>
  where.some((one) => one.field === field && one.op !== 'eq' && one.op !== 'in' && one.op !== 'has');

function fixedPrefix(index: IndexSpec, where: readonly Condition[]): number {
  const free = index.findIndex(([field]) => !fixes(where, field));
  return free < 0 ? index.length : free;
}

/** Whether a walk along the index, either way, meets the rows in the order asked for; ties aside, which SQLite sorts by id as it goes. */
function walksInOrder(index: IndexSpec, where: readonly Condition[], keys: readonly SortKey[]): boolean {
  const prefix = fixedPrefix(index, where);
  const fixed = new Set(index.slice(0, prefix).map(([field]) => field));
  const walked = index.slice(prefix);
  const wanted = keys.filter(({ field }) => field !== undefined && !fixed.has(field));
  if (walked.length !== wanted.length || walked.some(([field], at) => field !== wanted[at]?.field)) return false;
  return new Set(walked.map(([, order], at) => order === wanted[at]?.order)).size <= 1;
}

function bestIndex(indexes: readonly IndexSpec[], where: readonly Condition[], keys: readonly SortKey[]): IndexSpec | undefined {
  let best: { readonly index: IndexSpec; readonly score: number } | undefined;
  for (const index of indexes) {
    const prefix = fixedPrefix(index, where);
    // Order weighs more than one more fixed field: it lets the walk end with the page.
    const score = prefix * 10 + (walksInOrder(index, where, keys) ? 15 : 0) + (bounds(where, index[prefix]?.[0]) ? 5 : 0);
    if (score > (best?.score ?? 0)) best = { index, score };
  }
  return best?.index;
}

/** One list of conditions for each value of the `in`s that stand before the order in the index; else the conditions as they are. */
function expand(where: readonly Condition[], index: IndexSpec | undefined, keys: readonly SortKey[]): readonly (readonly Condition[])[] {
  if (index === undefined || !walksInOrder(index, where, keys)) return [where];
  const prefix = index.slice(0, fixedPrefix(index, where)).map(([field]) => field);
  let lists: (readonly Condition[])[] = [[]];
  for (const condition of where) {
    const single = condition.op === 'in' && prefix.includes(condition.field) ? [...new Set(condition.value)] : [];
    const each: readonly Condition[] = single.length === 0 ? [condition] : single.map((value) => ({ field: condition.field, op: 'eq', value }));
    lists = lists.flatMap((list) => each.map((one) => [...list, one]));
  }
  return lists.length > mergedValues ? [where] : lists;
}
