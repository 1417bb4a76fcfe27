import { expect, it } from '@jest/globals';
import { expectFault, harness, type Open } from './contract-harness.ts';
import { freshCollection, writes, type Shape } from './read-models-harness.ts';
import type { Collection, Query, ReadModels } from './read-models.ts';

/** Cursors: they stand at a place in the order, not at a count. */
export function readModelsPagingContract(open: Open<ReadModels>): void {
  const { port } = harness(open);

  async function filled(documents: Readonly<Record<string, Shape>>): Promise<Collection<Shape>> {
    const collection = await (await port()).collection<Shape>(freshCollection());
    await collection.upsert(writes(documents));
    return collection;
  }

  const letters = [...'abcdefghijklmnopqrstuvw'];
  const bySize = Object.fromEntries(letters.map((id, at) => [id, { size: at % 4, name: 'same' }]));

  async function pages(collection: Collection<Shape>, query: Query): Promise<string[][]> {
    const found: string[][] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await collection.query(cursor === undefined ? query : { ...query, cursor });
      found.push(page.items.map(({ id }) => id));
      if (page.cursor === undefined) return found;
      cursor = page.cursor;
    }
  }

  it.each<readonly [string, Pick<Query, 'sort'>]>([
    ['by id', {}],
    ['up', { sort: [['size', 'asc']] }],
    ['down', { sort: [['size', 'desc']] }],
    ['both ways', { sort: [['name', 'asc'], ['size', 'desc']] }],
  ])('shows everything once, in the order of one large page: %s', async (_, sort) => {
    const collection = await filled(bySize);
    const whole = (await collection.query({ ...sort, limit: 1_000 })).items.map(({ id }) => id);
    expect(whole).toHaveLength(23);
    const found = await pages(collection, { ...sort, limit: 5 });
    expect(found.slice(0, 4).map((page) => page.length)).toEqual([5, 5, 5, 5]);
    expect(found.flat()).toEqual(whole);
  });

  it('gives no cursor with the last page', async () => {
    const collection = await filled({ a: {}, b: {} });
    expect((await collection.query({ limit: 3 })).cursor).toBeUndefined();
    expect((await pages(collection, { limit: 1 })).flat()).toEqual(['a', 'b']);
    const none = await collection.query({ where: [{ field: 'name', op: 'eq', value: 'nobody' }], limit: 1 });
    expect(none).toEqual({ items: [] });
  });

  it.each(['asc', 'desc'] as const)('shows those without the sorted field too, once (%s)', async (order) => {
    const collection = await filled({ a: { size: 1 }, b: {}, c: { size: null }, d: { size: 0 }, e: {}, f: { size: 5 } });
    const found = await pages(collection, { sort: [['size', order]], limit: 2 });
    expect(found.flat().sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(found.flat().filter((id) => 'adf'.includes(id))).toEqual(order === 'asc' ? ['d', 'a', 'f'] : ['f', 'a', 'd']);
  });

  it('pages through what a filter finds', async () => {
    const collection = await filled(bySize);
    const found = await pages(collection, { where: [{ field: 'size', op: 'gte', value: 2 }], sort: [['size', 'asc']], limit: 4 });
    expect(found.flat().sort()).toEqual(letters.filter((_, at) => at % 4 >= 2));
  });

  it('shows nothing twice and skips nothing old while documents come, change and go', async () => {
    const collection = await filled(Object.fromEntries([10, 20, 30, 40, 50, 60].map((size) => [`s${size}`, { size }])));
    const query: Query = { sort: [['size', 'desc']], limit: 2 };
    const first = await collection.query(query);
    expect(first.items.map(({ id }) => id)).toEqual(['s60', 's50']);
    await collection.upsert(writes({ s70: { size: 70 }, s35: { size: 35 }, s55: { size: 55 } }));
    await collection.delete(['s50', 's60']);
    const second = await collection.query({ ...query, cursor: first.cursor ?? '' });
    expect(second.items.map(({ id }) => id)).toEqual(['s40', 's35']);
    await collection.delete(['s35', 's20']);
    const third = await collection.query({ ...query, cursor: second.cursor ?? '' });
    expect(third.items.map(({ id }) => id)).toEqual(['s30', 's10']);
  });

  it('refuses a cursor of another query, or of none', async () => {
    const collection = await filled(bySize);
    const { cursor = '' } = await collection.query({ sort: [['size', 'asc']], limit: 2 });
    expect((await collection.query({ sort: [['size', 'asc']], limit: 2, cursor })).items).toHaveLength(2);
    await expectFault(collection.query({ sort: [['size', 'desc']], limit: 2, cursor }), 'invalid_cursor');
    await expectFault(collection.query({ sort: [['name', 'asc']], limit: 2, cursor }), 'invalid_cursor');
    await expectFault(collection.query({ limit: 2, cursor }), 'invalid_cursor');
    await expectFault(collection.query({ where: [{ field: 'size', op: 'eq', value: 1 }], sort: [['size', 'asc']], limit: 2, cursor }), 'invalid_cursor');
    await expectFault(collection.query({ sort: [['size', 'asc']], limit: 2, cursor: 'nonsense' }), 'invalid_cursor');
    await expectFault(collection.query({ sort: [['size', 'asc']], limit: 2, cursor: '' }), 'invalid_cursor');
  });
}
