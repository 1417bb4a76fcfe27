import type { Collection, CollectionSpec } from '@hookyard/ports';
import { freshName } from '@hookyard/ports/testing';
import { mongoForTests } from './mongo-harness.ts';

type Claim = { readonly by: number };

/** Several processes at one server, each with a client of its own. */
describe('several writers at once', () => {
  const mongo = mongoForTests();
  afterAll(() => mongo.end());

  const writers = 4;
  const rounds = 10;

  async function opened(): Promise<readonly Collection<Claim>[]> {
    const spec: CollectionSpec = { name: freshName('races'), fields: { by: 'number' }, indexes: [[['by', 'asc']]] };
    return Promise.all(Array.from({ length: writers }, async () => (await mongo.open()).readModels.collection<Claim>(spec)));
  }

  it('open one new collection all at once', async () => {
    const collections = await opened();
    await collections[0]?.upsert([{ id: 'a', revision: 1, document: { by: 0 } }]);
    for (const collection of collections) expect(await collection.count()).toBe(1);
  });

  it('let each new id be claimed once', async () => {
    const collections = await opened();
    for (let round = 0; round < rounds; round += 1) {
      const ids = Array.from({ length: 20 }, (_, at) => `${round}-${at}`);
      // Each begins elsewhere, so that they meet in the middle.
      const orders = collections.map((_, by) => [...ids.slice(by * 5), ...ids.slice(0, by * 5)]);
      const answers = await Promise.all(collections.map((collection, by) => collection.upsert((orders[by] ?? []).map((id) => ({ id, revision: 1, document: { by } })))));
      const claims = answers.flatMap((answer, by) => answer.flatMap((each, at) => (each === 'applied' ? [{ id: orders[by]?.[at], by }] : [])));
      const stored = await collections[0]?.getMany(ids);
      const sorted = (found: readonly { readonly id: string | undefined; readonly by: number }[]) => found.map(({ id, by }) => `${id} by ${by}`).sort();
      expect(sorted(claims)).toEqual(sorted((stored ?? []).map(({ id, document }) => ({ id, by: document.by }))));
      expect(claims).toHaveLength(ids.length);
    }
  });

  it('never lose the newest to an older one that was inserted first', async () => {
    const collections = await opened();
    for (let round = 0; round < rounds; round += 1) {
      const ids = Array.from({ length: 20 }, (_, at) => `${round}-${at}`);
      const answers = await Promise.all(collections.map((collection, by) => collection.upsert(ids.map((id) => ({ id, revision: by, document: { by } })))));
      expect(answers[writers - 1]).toEqual(ids.map(() => 'applied'));
      const stored = await collections[0]?.getMany(ids);
      expect(stored?.map(({ revision, document }) => [revision, document.by])).toEqual(ids.map(() => [writers - 1, writers - 1]));
    }
  });

  it('never bring back older waiting work', async () => {
    const queues = await Promise.all(Array.from({ length: writers }, async () => (await mongo.open()).dueQueue));
    const item = (id: string, revision: number) => ({ id, partition: 7, lane: 'lane', dueAt: 1, order: 0, revision, value: Buffer.from(String(revision)) });
    for (let round = 0; round < rounds; round += 1) {
      const ids = Array.from({ length: 10 }, (_, at) => `${round}-${at}`);
      await Promise.all(queues.map((queue, by) => queue.put(ids.map((id) => item(id, by)))));
      const { items } = (await queues[0]?.load({ partition: 7, lane: 'lane', dueBefore: 1, limit: 100 })) ?? { items: [] };
      expect(items.map(({ revision, value }) => [revision, value.toString()])).toEqual(ids.map(() => [writers - 1, String(writers - 1)]));
      await Promise.all(queues.map((queue) => queue.complete(items)));
      expect(await queues[1]?.count([7])).toBe(0);
    }
  });
});
