import { expect, it } from '@jest/globals';
import { expectFault, harness, type Open } from './contract-harness.ts';
import { freshCollection, idsWhere, type Shape } from './read-models-harness.ts';
import type { CollectionSpec, ReadModels } from './read-models.ts';

/** One collection in the place of another. */
export function readModelsReplaceContract(open: Open<ReadModels>): void {
  const { port } = harness(open);
  const besideOf = (spec: CollectionSpec): CollectionSpec => ({ ...spec, name: `${spec.name}__beside` });
  const document = (name: string): Shape => ({ name });

  it('shows the documents of the other one under the name, also to who had it open', async () => {
    const models = await port();
    const spec = freshCollection();
    const opened = await models.collection<Shape>(spec);
    await opened.upsert([{ id: 'both', revision: 9, document: document('old') }, { id: 'old', revision: 1, document: document('old') }]);
    const beside = await models.collection<Shape>(besideOf(spec));
    const expiresAt = Date.now() + 3_600_000;
    await beside.upsert([{ id: 'both', revision: 2, document: document('new') }, { id: 'new', revision: 1, document: document('new'), expiresAt }]);

    await models.replace(spec.name, besideOf(spec).name);
    for (const collection of [opened, await models.collection<Shape>(spec)]) {
      expect((await collection.query({ limit: 10 })).items).toEqual([
        { id: 'both', revision: 2, document: document('new') },
        { id: 'new', revision: 1, document: document('new'), expiresAt },
      ]);
      expect(await collection.get('old')).toBeNull();
      expect(await idsWhere(collection, { field: 'name', op: 'eq', value: 'new' })).toEqual(['both', 'new']);
      expect(await collection.count()).toBe(2);
    }
    expect(await opened.upsert([{ id: 'both', revision: 3, document: document('newer') }])).toEqual(['applied']);
    expect(await opened.delete(['new'])).toBe(1);
    const names = await models.names();
    expect(names).toContain(spec.name);
    expect(names).not.toContain(besideOf(spec).name);
  });

  it('makes the collection when there was none, and can do it again', async () => {
    const models = await port();
    const spec = freshCollection();
    for (const round of [1, 2]) {
      const beside = await models.collection<Shape>(besideOf(spec));
      await beside.upsert([{ id: `round-${round}`, revision: 1, document: {} }]);
      await models.replace(spec.name, besideOf(spec).name);
      expect((await (await models.collection(spec)).query({ limit: 10 })).items.map(({ id }) => id)).toEqual([`round-${round}`]);
    }
  });

  it('refuses one that is not there, and one with other fields, and changes nothing', async () => {
    const models = await port();
    const spec = freshCollection();
    const kept = await models.collection<Shape>(spec);
    await kept.upsert([{ id: 'kept', revision: 1, document: {} }]);
    await expectFault(models.replace(spec.name, besideOf(spec).name), 'not_found');
    await models.collection({ ...besideOf(spec), fields: { name: 'string' }, indexes: [] });
    await expectFault(models.replace(spec.name, besideOf(spec).name), 'collection_mismatch');
    expect(await kept.get('kept')).not.toBeNull();
    expect(await models.names()).toEqual(expect.arrayContaining([spec.name, besideOf(spec).name]));
  });

  it('never fails nor shows a mixture while it is read and written', async () => {
    const models = await port();
    const spec = freshCollection();
    const opened = await models.collection<Shape>(spec);
    await opened.upsert([1, 2, 3].map((at) => ({ id: `d${at}`, revision: 1, document: document('old') })));
    let isOver = false;
    let reads = 0;
    const reading = (async () => {
      for (; !isOver; reads += 1) {
        const { items } = await opened.query({ where: [{ field: 'name', op: 'in', value: ['old', 'new'] }], limit: 10 });
        expect(new Set(items.map(({ document: { name } }) => name)).size).toBe(1);
        expect(items).toHaveLength(3);
      }
    })();
    const writing = (async () => {
      for (let revision = 1; !isOver; revision += 1) await opened.upsert([{ id: 'w', revision, document: {} }]);
    })();
    // Whichever of them fails, neither goes on for ever.
    const both = Promise.all([reading, writing]).finally(() => (isOver = true));
    both.catch(() => undefined);
    for (let round = 0; round < 5 && !isOver; round += 1) {
      const beside = await models.collection<Shape>(besideOf(spec));
      await beside.upsert([1, 2, 3].map((at) => ({ id: `d${at}`, revision: 1, document: document('new') })));
      await models.replace(spec.name, besideOf(spec).name);
    }
    isOver = true;
    await both;
    expect(reads).toBeGreaterThan(0);
  });
}
