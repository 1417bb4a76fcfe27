import { expect, it } from '@jest/globals';
import { harness, type Open } from './contract-harness.ts';
import { freshCollection, type Shape } from './read-models-harness.ts';
import type { ReadModels } from './read-models.ts';
import { until } from './until.ts';

/** Documents that end by themselves. */
export function readModelsExpiryContract(open: Open<ReadModels>): void {
  const { port } = harness(open);
  const fresh = async () => (await port()).collection<Shape>(freshCollection());
  const inAnHour = () => Date.now() + 3_600_000;

  it('no longer finds a document once its time has come', async () => {
    const collection = await fresh();
    await collection.upsert([
      { id: 'past', revision: 1, document: { name: 'x' }, expiresAt: Date.now() - 1_000 },
      { id: 'soon', revision: 1, document: { name: 'x' }, expiresAt: Date.now() + 500 },
      { id: 'later', revision: 1, document: { name: 'x' }, expiresAt: inAnHour() },
      { id: 'never', revision: 1, document: { name: 'x' } },
    ]);
    expect(await collection.get('past')).toBeNull();
    await until(async () => (await collection.get('soon')) === null);
    expect((await collection.getMany(['past', 'soon', 'later', 'never'])).map(({ id }) => id).sort()).toEqual(['later', 'never']);
    expect((await collection.query({ limit: 10 })).items.map(({ id }) => id)).toEqual(['later', 'never']);
    expect((await collection.query({ where: [{ field: 'name', op: 'eq', value: 'x' }], limit: 10 })).items).toHaveLength(2);
    expect(await collection.count()).toBe(2);
    expect(await collection.count([{ field: 'name', op: 'eq', value: 'x' }])).toBe(2);
  });

  it('moves or lifts the time with a newer write', async () => {
    const collection = await fresh();
    await collection.upsert([
      { id: 'moved', revision: 1, document: {}, expiresAt: inAnHour() },
      { id: 'lifted', revision: 1, document: {}, expiresAt: inAnHour() },
    ]);
    const expiresAt = inAnHour() + 1_000;
    await collection.upsert([{ id: 'moved', revision: 2, document: {}, expiresAt }, { id: 'lifted', revision: 2, document: {} }]);
    expect(await collection.get('moved')).toEqual({ id: 'moved', revision: 2, document: {}, expiresAt });
    expect(await collection.get('lifted')).toEqual({ id: 'lifted', revision: 2, document: {} });
  });

  it('sweeps what has expired at a time, at most the limit, and says how many', async () => {
    const collection = await fresh();
    const expiresAt = inAnHour();
    await collection.upsert([1, 2, 3, 4, 5].map((at) => ({ id: `e${at}`, revision: 1, document: {}, expiresAt: expiresAt + at })));
    await collection.upsert([{ id: 'never', revision: 1, document: {} }]);
    expect(await collection.sweep(expiresAt, 10)).toBe(0);
    expect(await collection.sweep(expiresAt + 4, 3)).toBe(3);
    expect(await collection.sweep(expiresAt + 4, 3)).toBe(1);
    expect(await collection.sweep(expiresAt + 4, 3)).toBe(0);
    expect((await collection.query({ limit: 10 })).items.map(({ id }) => id)).toEqual(['e5', 'never']);
    expect(await collection.upsert([{ id: 'e1', revision: 1, document: {} }])).toEqual(['applied']);
  });
}
