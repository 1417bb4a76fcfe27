import { Fault } from '@hookyard/event-schemas';
import type { CollectionSpec, Condition, Query } from '@hookyard/ports';
import { fromCursor, toCursor } from './cursor.ts';
import { declaredIndex, storedForm } from './document-layout.ts';
import { filterOf } from './query-filter.ts';
import { afterFilters, sortKeys, toSort } from './query-order.ts';

const spec: CollectionSpec = { name: 'deliveries_v1', fields: { project: 'string', at: 'number', on: 'boolean', tags: 'strings' }, indexes: [] };

describe('the filter of conditions', () => {
  const one = (condition: Condition) => filterOf(spec, [condition]);
  const never = { _id: { $in: [] } };

  it('compares within the type of the field, and holds for nothing of another', () => {
    expect(one({ field: 'at', op: 'gte', value: 5 })).toEqual({ 'f.at': { $gte: 5 } });
    expect(one({ field: 'at', op: 'gte', value: '5' })).toEqual(never);
    expect(one({ field: 'project', op: 'in', value: ['a', 1, 'b'] })).toEqual({ 'f.project': { $in: ['a', 'b'] } });
    expect(one({ field: 'project', op: 'in', value: [1] })).toEqual(never);
    expect(one({ field: 'tags', op: 'has', value: 'x' })).toEqual({ 'f.tags': { $eq: 'x' } });
    expect(one({ field: 'project', op: 'has', value: 'x' })).toEqual(never);
    expect(one({ field: 'tags', op: 'eq', value: 'x' })).toEqual(never);
  });

  it('keeps several conditions on one field apart', () => {
    const where: Condition[] = [{ field: 'at', op: 'gte', value: 1 }, { field: 'at', op: 'lt', value: 9 }];
    expect(filterOf(spec, where)).toEqual({ $and: [{ 'f.at': { $gte: 1 } }, { 'f.at': { $lt: 9 } }] });
    expect(filterOf(spec, [])).toEqual({});
  });

  it('refuses fields that are not declared', () => {
    expect(() => one({ field: 'other', op: 'eq', value: 1 })).toThrow(Fault);
    expect(() => one({ field: 'constructor', op: 'eq', value: 1 })).toThrow(Fault);
  });
});

describe('the order of a query', () => {
  const keys = (...sort: (readonly [string, 'asc' | 'desc'])[]) => sortKeys(spec, sort);

  it('ends with the id, in the direction of an index walked either way', () => {
    expect([...toSort(keys())]).toEqual([['_id', 1]]);
    expect([...toSort(keys(['at', 'desc']))]).toEqual([['f.at', -1], ['_id', -1]]);
    expect([...toSort(keys(['project', 'asc'], ['at', 'desc']))]).toEqual([['f.project', 1], ['f.at', -1], ['_id', 1]]);
    expect(declaredIndex([['project', 'asc'], ['at', 'desc']]).key).toEqual({ 'f.project': 1, 'f.at': -1, _id: -1 });
  });

  it('goes on behind a value: bounded at the first key, then what has none', () => {
    const behind = { $and: [{ 'f.at': { $lte: 5 } }, { $or: [{ 'f.at': { $lt: 5 } }, { _id: { $lt: 'x' } }] }] };
    expect(afterFilters(keys(['at', 'desc']), [5, 'x'])).toEqual([behind, { 'f.at': null }]);
    expect(afterFilters(keys(['at', 'asc']), [5, 'x'])).toEqual([{ $and: [{ 'f.at': { $gte: 5 } }, { $or: [{ 'f.at': { $gt: 5 } }, { _id: { $gt: 'x' } }] }] }]);
    expect(afterFilters(keys(), ['x'])).toEqual([{ _id: { $gt: 'x' } }]);
  });

  it('goes on among those without a value: upwards the others follow, downwards nobody does', () => {
    const among = (operator: '$gt' | '$lt') => ({ $and: [{ 'f.at': null }, { _id: { [operator]: 'x' } }] });
    expect(afterFilters(keys(['at', 'asc']), [null, 'x'])).toEqual([among('$gt'), { 'f.at': { $gte: -Infinity } }]);
    expect(afterFilters(keys(['at', 'desc']), [null, 'x'])).toEqual([among('$lt')]);
    expect(afterFilters(keys(['project', 'asc']), [null, 'x'])[1]).toEqual({ 'f.project': { $gte: '' } });
    expect(afterFilters(keys(['on', 'asc']), [null, 'x'])[1]).toEqual({ 'f.on': { $gte: false } });
  });

  it('goes deeper while the values before are the same', () => {
    const [first] = afterFilters(keys(['project', 'asc'], ['at', 'desc']), ['p', 5, 'x']);
    const deeper = { $or: [{ 'f.at': { $lt: 5 } }, { 'f.at': null }, { $and: [{ 'f.at': 5 }, { _id: { $gt: 'x' } }] }] };
    expect(first).toEqual({ $and: [{ 'f.project': { $gte: 'p' } }, { $or: [{ 'f.project': { $gt: 'p' } }, deeper] }] });
  });
});

describe('a cursor', () => {
  const query: Query = { where: [{ field: 'project', op: 'eq', value: 'p' }], sort: [['at', 'desc']], limit: 10 };

  it('brings back the place, also for pages of another size', () => {
    expect(fromCursor({ ...query, limit: 3 }, toCursor(query, [5, 'x']))).toEqual([5, 'x']);
    expect(fromCursor(query, toCursor(query, [null, 'ä']))).toEqual([null, 'ä']);
  });

  it('is of one query alone, and of this form', () => {
    const cursor = toCursor(query, [5, 'x']);
    const forged = (values: readonly unknown[]) => toCursor(query, values as readonly string[]);
    expect(() => fromCursor({ ...query, sort: [['at', 'asc']] }, cursor)).toThrow(Fault);
    expect(() => fromCursor({ ...query, where: [] }, cursor)).toThrow(Fault);
    for (const wrong of ['', 'nonsense', forged([5]), forged([{ $gt: '' }, 'x']), forged([5, ['x']])]) expect(() => fromCursor(query, wrong)).toThrow(Fault);
  });
});

describe('what is stored of a document', () => {
  it('holds the declared fields where they have a value of their type, beside the whole as text', () => {
    const document = { project: 'p', at: Infinity, on: 'yes', tags: ['x', 1], other: 'o' };
    expect(storedForm(spec.fields, { id: 'a', revision: 3, document, expiresAt: 5 })).toEqual({
      id: 'a',
      revision: 3,
      content: { e: new Date(5), f: { project: 'p', tags: ['x'] }, d: JSON.stringify(document) },
    });
    expect(storedForm(spec.fields, { id: 'a', revision: 3, document: {} }).content).toEqual({ f: {}, d: '{}' });
    expect(storedForm({}, { id: 'a', revision: 1, document: {}, expiresAt: Number.MAX_SAFE_INTEGER }).content['e']).toEqual(new Date(8.64e15));
  });
});
