import { expect, it } from '@jest/globals';
import { expectFault, harness, type Open } from './contract-harness.ts';
import { freshCollection, idsWhere, writes, type Shape } from './read-models-harness.ts';
import type { Collection, Condition, ReadModels } from './read-models.ts';

/** Filters, counts and order. */
export function readModelsQueryContract(open: Open<ReadModels>): void {
  const { port } = harness(open);

  async function filled(documents: Readonly<Record<string, Shape>>): Promise<Collection<Shape>> {
    const collection = await (await port()).collection<Shape>(freshCollection());
    await collection.upsert(writes(documents));
    return collection;
  }

  const shapes: Readonly<Record<string, Shape>> = {
    a: { name: 'apple', size: 1, on: true, tags: ['red', 'round'] },
    b: { name: 'banana', size: 2, on: false, tags: ['yellow'] },
    c: { name: 'cherry', size: 10, on: true, tags: [] },
    d: { name: 'date', size: -1.5 },
    e: { name: null, size: null, on: null },
    f: {},
  };

  const conditions: readonly (readonly [string, Condition, readonly string[]])[] = [
    ['text equal', { field: 'name', op: 'eq', value: 'banana' }, ['b']],
    ['number equal', { field: 'size', op: 'eq', value: -1.5 }, ['d']],
    ['true', { field: 'on', op: 'eq', value: true }, ['a', 'c']],
    ['false', { field: 'on', op: 'eq', value: false }, ['b']],
    ['number greater', { field: 'size', op: 'gt', value: 1 }, ['b', 'c']],
    ['number greater or equal', { field: 'size', op: 'gte', value: 1 }, ['a', 'b', 'c']],
    ['number less', { field: 'size', op: 'lt', value: 1 }, ['d']],
    ['number less or equal', { field: 'size', op: 'lte', value: 1 }, ['a', 'd']],
    ['text greater', { field: 'name', op: 'gt', value: 'banana' }, ['c', 'd']],
    ['text less or equal', { field: 'name', op: 'lte', value: 'banana' }, ['a', 'b']],
    ['one of texts', { field: 'name', op: 'in', value: ['date', 'apple', 'fig'] }, ['a', 'd']],
    ['one of numbers', { field: 'size', op: 'in', value: [2, 10] }, ['b', 'c']],
    ['one of none', { field: 'name', op: 'in', value: [] }, []],
    ['has', { field: 'tags', op: 'has', value: 'round' }, ['a']],
    ['has only in part', { field: 'tags', op: 'has', value: 'roun' }, []],
  ];

  it.each(conditions)('finds by condition: %s', async (_, condition, expected) => {
    const collection = await filled(shapes);
    expect(await idsWhere(collection, condition)).toEqual(expected);
    expect(await collection.count([condition])).toBe(expected.length);
  });

  it('wants all conditions to hold, also several on one field', async () => {
    const collection = await filled(shapes);
    const from: Condition = { field: 'size', op: 'gte', value: 1 };
    const to: Condition = { field: 'size', op: 'lt', value: 10 };
    expect(await idsWhere(collection, from, to)).toEqual(['a', 'b']);
    expect(await idsWhere(collection, from, to, { field: 'on', op: 'eq', value: true })).toEqual(['a']);
    expect(await collection.count([from, to])).toBe(2);
    expect(await collection.count([])).toBe(6);
    expect(await collection.count()).toBe(6);
  });

  it('sees a document as its newest write made it', async () => {
    const collection = await filled({ a: { name: 'before', tags: ['old'] } });
    await collection.upsert([{ id: 'a', revision: 2, document: { size: 4, tags: ['new'] } }]);
    expect(await idsWhere(collection, { field: 'name', op: 'eq', value: 'before' })).toEqual([]);
    expect(await idsWhere(collection, { field: 'tags', op: 'has', value: 'old' })).toEqual([]);
    expect(await idsWhere(collection, { field: 'tags', op: 'has', value: 'new' })).toEqual(['a']);
    expect(await idsWhere(collection, { field: 'size', op: 'eq', value: 4 })).toEqual(['a']);
  });

  it('takes values as values, whatever they look like', async () => {
    const odd = `'"; drop table x -- $where {"$gt":1} %_`;
    const collection = await filled({ odd: { name: odd, tags: [odd] }, [odd]: { name: 'plain' } });
    expect(await idsWhere(collection, { field: 'name', op: 'eq', value: odd })).toEqual(['odd']);
    expect(await idsWhere(collection, { field: 'tags', op: 'has', value: odd })).toEqual(['odd']);
    expect((await collection.get(odd))?.document).toEqual({ name: 'plain' });
  });

  it('orders by id when nothing else is asked for', async () => {
    const collection = await filled({ c: {}, a: {}, b: {}, A: {} });
    expect((await collection.query({ limit: 10 })).items.map(({ id }) => id)).toEqual(['A', 'a', 'b', 'c']);
  });

  it('orders by the fields asked for, in their directions, then by id', async () => {
    const collection = await filled({
      a: { name: 'x', size: 1 },
      b: { name: 'x', size: 20 },
      c: { name: 'w', size: 3 },
      e: { name: 'y', size: 3 },
      d: { name: 'y', size: 3 },
    });
    const order = async (...sort: (readonly [string, 'asc' | 'desc'])[]) => (await collection.query({ sort, limit: 10 })).items.map(({ id }) => id).join('');
    expect(await order(['size', 'asc'], ['name', 'asc'])).toBe('acdeb');
    expect(await order(['name', 'desc'], ['size', 'asc'])).toMatch(/^(de|ed)abc$/);
    expect(await order(['name', 'asc'], ['size', 'desc'])).toBe('cbade');
    expect(await order(['size', 'desc'], ['name', 'desc'])).toMatch(/^b(de|ed)ca$/);
  });

  it('refuses a field that was not declared, wherever it is named', async () => {
    const collection = await filled(shapes);
    await expectFault(collection.query({ where: [{ field: 'extra', op: 'eq', value: 1 }], limit: 1 }), 'unknown_field');
    await expectFault(collection.query({ sort: [['nothing', 'asc']], limit: 1 }), 'unknown_field');
    await expectFault(collection.count([{ field: 'nothing', op: 'has', value: 'x' }]), 'unknown_field');
  });
}
