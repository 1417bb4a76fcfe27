import { describe, expect, it } from '@jest/globals';
import { expectFault, harness, type Capabilities, type Open } from './contract-harness.ts';
import { readModelsDurableContract } from './read-models-durable.contract.ts';
import { readModelsExpiryContract } from './read-models-expiry.contract.ts';
import { freshCollection, shapeFields, type Shape } from './read-models-harness.ts';
import { readModelsPagingContract } from './read-models-paging.contract.ts';
import { readModelsQueryContract } from './read-models-query.contract.ts';
import { readModelsReplaceContract } from './read-models-replace.contract.ts';
import type { ReadModels } from './read-models.ts';

/** What every ReadModels must do. */
export function readModelsContract(open: Open<ReadModels>, capabilities: Capabilities = {}): void {
  describe('collections', () => collectionsContract(open));
  describe('writing and reading by id', () => writeContract(open));
  describe('querying', () => readModelsQueryContract(open));
  describe('paging', () => readModelsPagingContract(open));
  describe('expiring', () => readModelsExpiryContract(open));
  describe('taking the place of another', () => readModelsReplaceContract(open));
  describe('closing', () => readModelsDurableContract(open, capabilities));
}

function collectionsContract(open: Open<ReadModels>): void {
  const { port } = harness(open);

  it('creates a collection once, and opens the same one after that', async () => {
    const models = await port();
    const spec = freshCollection();
    const first = await models.collection<Shape>(spec);
    await first.upsert([{ id: 'a', revision: 1, document: { name: 'kept' } }]);
    const second = await models.collection<Shape>(spec);
    expect((await second.get('a'))?.document).toEqual({ name: 'kept' });
    expect((await models.names()).filter((name) => name === spec.name)).toEqual([spec.name]);
  });

  it('accepts further indexes on the same fields', async () => {
    const models = await port();
    const spec = freshCollection({ indexes: [] });
    const before = await models.collection<Shape>(spec);
    await before.upsert([{ id: 'a', revision: 1, document: { size: 3, name: 'x' } }]);
    const after = await models.collection<Shape>({ ...spec, indexes: [[['size', 'desc'], ['name', 'asc']], [['tags', 'asc']]] });
    expect(await after.count([{ field: 'size', op: 'eq', value: 3 }])).toBe(1);
  });

  it('refuses other fields', async () => {
    const models = await port();
    const spec = freshCollection();
    await models.collection(spec);
    const { size: _, ...fewer } = shapeFields;
    await expectFault(models.collection({ ...spec, fields: fewer, indexes: [] }), 'collection_mismatch');
    await expectFault(models.collection({ ...spec, fields: { ...shapeFields, more: 'string' } }), 'collection_mismatch');
    await expectFault(models.collection({ ...spec, fields: { ...shapeFields, size: 'string' } }), 'collection_mismatch');
  });

  it('forgets a dropped collection whole, and drops without complaint what is not there', async () => {
    const models = await port();
    const spec = freshCollection();
    const collection = await models.collection<Shape>(spec);
    await collection.upsert([{ id: 'a', revision: 9, document: { name: 'gone' } }]);
    await models.drop(spec.name);
    await models.drop(spec.name);
    expect(await models.names()).not.toContain(spec.name);
    const again = await models.collection<{ readonly other?: boolean }>({ name: spec.name, fields: { other: 'boolean' }, indexes: [] });
    expect(await again.count()).toBe(0);
    expect(await again.upsert([{ id: 'a', revision: 1, document: { other: true } }])).toEqual(['applied']);
  });
}

function writeContract(open: Open<ReadModels>): void {
  const { port } = harness(open);
  const fresh = async () => (await port()).collection<Shape>(freshCollection());

  it('gives back every field as it went in', async () => {
    const collection = await fresh();
    const document = { name: 'ä"\\', size: 2.5, on: false, tags: ['x', 'y'], extra: { deep: [1, null, { a: true }] }, none: null };
    const expiresAt = Date.now() + 3_600_000;
    await collection.upsert([
      { id: 'with', revision: 3, document, expiresAt },
      { id: 'without', revision: 1, document: {} },
    ]);
    expect(await collection.get('with')).toEqual({ id: 'with', revision: 3, document, expiresAt });
    expect(await collection.get('without')).toEqual({ id: 'without', revision: 1, document: {} });
    expect(await collection.get('neither')).toBeNull();
    expect((await collection.query({ limit: 10 })).items).toEqual([await collection.get('with'), await collection.get('without')]);
  });

  it('gets those that exist', async () => {
    const collection = await fresh();
    await collection.upsert(['a', 'b', 'c'].map((id) => ({ id, revision: 1, document: { name: id } })));
    const found = await collection.getMany(['c', 'missing', 'a']);
    expect(found.map(({ id }) => id).sort()).toEqual(['a', 'c']);
    expect(found.find(({ id }) => id === 'c')).toEqual({ id: 'c', revision: 1, document: { name: 'c' } });
    expect(await collection.getMany([])).toEqual([]);
  });

  it('applies a write only when its revision is greater, and says which', async () => {
    const collection = await fresh();
    await collection.upsert([{ id: 'old', revision: 5, document: { name: 'five' } }]);
    const answers = await collection.upsert([
      { id: 'old', revision: 5, document: { name: 'again' } },
      { id: 'new', revision: 1, document: { name: 'one' } },
      { id: 'old', revision: 4, document: { name: 'four' } },
    ]);
    expect(answers).toEqual(['stale', 'applied', 'stale']);
    expect(await collection.get('old')).toEqual({ id: 'old', revision: 5, document: { name: 'five' } });
    expect(await collection.upsert([{ id: 'old', revision: 6, document: { size: 6 } }])).toEqual(['applied']);
    expect(await collection.get('old')).toEqual({ id: 'old', revision: 6, document: { size: 6 } });
    expect(await collection.upsert([])).toEqual([]);
  });

  it('takes the same id twice in one call in the order given', async () => {
    const collection = await fresh();
    const write = (id: string, revision: number) => ({ id, revision, document: { size: revision } });
    expect(await collection.upsert([write('up', 1), write('up', 2)])).toEqual(['applied', 'applied']);
    expect(await collection.upsert([write('down', 2), write('down', 1)])).toEqual(['applied', 'stale']);
    expect(await collection.upsert([write('same', 1), write('same', 1)])).toEqual(['applied', 'stale']);
    expect((await collection.query({ limit: 9 })).items.map(({ id, revision }) => [id, revision])).toEqual([['down', 2], ['same', 1], ['up', 2]]);
  });

  it('lets exactly one of many equal writes be the newer one', async () => {
    const collection = await fresh();
    const answers = await Promise.all(Array.from({ length: 8 }, (_, at) => collection.upsert([{ id: 'raced', revision: 1, document: { size: at } }])));
    const winners = answers.flatMap(([answer], at) => (answer === 'applied' ? [at] : []));
    expect(winners).toHaveLength(1);
    expect((await collection.get('raced'))?.document).toEqual({ size: winners[0] });
  });

  it('ends at the greatest of many revisions that come at once', async () => {
    const collection = await fresh();
    const revisions = [4, 9, 2, 7, 10, 1, 8, 3, 6, 5];
    await Promise.all(revisions.map((revision) => collection.upsert([{ id: 'raced', revision, document: { size: revision } }])));
    expect(await collection.get('raced')).toEqual({ id: 'raced', revision: 10, document: { size: 10 } });
  });

  it('deletes, says how many there were, and starts over afterwards', async () => {
    const collection = await fresh();
    await collection.upsert(['a', 'b', 'c'].map((id) => ({ id, revision: 7, document: { name: id } })));
    expect(await collection.delete(['a', 'c', 'missing'])).toBe(2);
    expect(await collection.delete(['a'])).toBe(0);
    expect(await collection.delete([])).toBe(0);
    expect(await collection.count()).toBe(1);
    expect(await collection.upsert([{ id: 'a', revision: 1, document: {} }])).toEqual(['applied']);
  });
}
