import type { CollectionSpec, FieldType, IndexSpec, Order } from '@hookyard/ports';
import type { Document as Bson } from 'mongodb';
import { fieldPath } from './document-layout.ts';
import type { CursorValue } from './cursor.ts';

/** One part of an order. */
export type SortKey = { readonly path: string; readonly type: FieldType | 'id'; readonly order: Order };

/** The id is last: downwards when all before it go down, so that one walk along an index the other way round does, else upwards. */
export function sortKeys({ fields }: Pick<CollectionSpec, 'fields'>, sort: IndexSpec): readonly SortKey[] {
  const keys = sort.map(([field, order]): SortKey => ({ path: fieldPath(field), type: fields[field] ?? 'string', order }));
  const down = sort.length > 0 && sort.every(([, order]) => order === 'desc');
  return [...keys, { path: '_id', type: 'id', order: down ? 'desc' : 'asc' }];
}

export function toSort(keys: readonly SortKey[]): ReadonlyMap<string, 1 | -1> {
  return new Map(keys.map(({ path, order }) => [path, order === 'asc' ? 1 : -1]));
}

/**
 * What comes after these values in the order, as filters that exclude one another and follow one another: to be asked one after the other, each along
 * the same index. Each begins with a bound on the first key, where the index is entered; `$or` alone would be read from the start. None is the smallest.
 */
export function afterFilters([first, ...rest]: readonly SortKey[], [value = null, ...values]: readonly CursorValue[]): readonly Bson[] {
  if (first === undefined) return [];
  const { path, order, type } = first;
  const deeper = laterFilter(rest, values);
  if (value === null) {
    const amongNone = { $and: [{ [path]: null }, deeper] };
    return order === 'asc' ? [amongNone, { [path]: anyOf(type) }] : [amongNone];
  }
  const [beyond, from] = order === 'asc' ? ['$gt', '$gte'] : ['$lt', '$lte'];
  if (rest.length === 0) return [{ [path]: { [beyond]: value } }];
  const bounded = { $and: [{ [path]: { [from]: value } }, { $or: [{ [path]: { [beyond]: value } }, deeper] }] };
  return order === 'asc' ? [bounded] : [bounded, { [path]: null }];
}

function laterFilter([first, ...rest]: readonly SortKey[], [value = null, ...values]: readonly CursorValue[]): Bson {
  if (first === undefined) return { _id: { $in: [] } };
  const { path, order, type } = first;
  if (rest.length === 0) return { [path]: { [order === 'asc' ? '$gt' : '$lt']: value } };
  const same = { $and: [{ [path]: value }, laterFilter(rest, values)] };
  if (value === null) return order === 'asc' ? { $or: [same, { [path]: anyOf(type) }] } : same;
  return order === 'asc' ? { $or: [{ [path]: { $gt: value } }, same] } : { $or: [{ [path]: { $lt: value } }, { [path]: null }, same] };
}

/** Every value of a type. Comparisons hold within one type only, so this is a range of the index. */
function anyOf(type: SortKey['type']): Bson {
  return { $gte: type === 'number' ? -Infinity : type === 'boolean' ? false : '' };
}
