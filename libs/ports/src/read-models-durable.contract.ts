import { expect, it } from '@jest/globals';
import { expectFault, harness, type Capabilities, type Open } from './contract-harness.ts';
import { freshCollection, idsWhere, type Shape } from './read-models-harness.ts';
import type { ReadModels } from './read-models.ts';
import { until } from './until.ts';

/** What closing ends, and what a crash leaves. */
export function readModelsDurableContract(open: Open<ReadModels>, { durable = false }: Capabilities): void {
  const { fresh, reopen } = harness(open);

  it('refuses what comes after, and may be closed twice', async () => {
    const { port: models } = await fresh();
    const collection = await models.collection<Shape>(freshCollection());
    await models.close();
    await expectFault(collection.upsert([{ id: 'late', revision: 1, document: {} }]), 'closed');
    await expectFault(collection.get('late'), 'closed');
    await expectFault(models.collection(freshCollection()), 'closed');
    await models.close();
  });

  if (!durable) return;

  it('finds collections and documents again', async () => {
    const first = await fresh();
    const spec = freshCollection();
    const before = await first.port.collection<Shape>(spec);
    const expiresAt = Date.now() + 3_600_000;
    await before.upsert([{ id: 'a', revision: 4, document: { name: 'x', tags: ['t'] }, expiresAt }]);
    const dropped = freshCollection();
    await first.port.collection(dropped);
    await first.port.drop(dropped.name);

    const { port: models } = await reopen(first);
    const names = await models.names();
    expect(names).toContain(spec.name);
    expect(names).not.toContain(dropped.name);
    await expectFault(models.collection({ ...spec, fields: { name: 'string' }, indexes: [] }), 'collection_mismatch');
    const after = await models.collection<Shape>(spec);
    expect(await after.get('a')).toEqual({ id: 'a', revision: 4, document: { name: 'x', tags: ['t'] }, expiresAt });
    expect(await idsWhere(after, { field: 'tags', op: 'has', value: 't' })).toEqual(['a']);
    expect(await after.upsert([{ id: 'a', revision: 4, document: {} }])).toEqual(['stale']);
  });

  it('keeps every acknowledged write when it is cut off while writing', async () => {
    let subject = await fresh();
    const spec = freshCollection();
    const acknowledged = new Map<string, number>();
    let begun = 0;
    for (let round = 0; round < 5; round += 1) {
      const collection = await subject.port.collection<Shape>(spec);
      const before = begun;
      const writers = [1, 2].map(async (writer) => {
        for (let at = 0; ; at += 1) {
          begun += 1;
          const revision = round * 1_000_000 + at + 1;
          const ids = [`hot-${writer}`, `cold-${round}-${writer}-${at}`];
          await collection.upsert(ids.map((id) => ({ id, revision, document: { size: revision } })));
          for (const id of ids) acknowledged.set(id, revision);
        }
      });
      const ended = Promise.allSettled(writers);
      await until(() => begun > before + 10 * (round + 1));
      subject = await reopen(subject);
      await ended;
    }
    const collection = await subject.port.collection<Shape>(spec);
    for (const [id, revision] of acknowledged) {
      const stored = await collection.get(id);
      expect(stored?.revision).toBeGreaterThanOrEqual(revision);
      expect(stored?.document.size).toBe(stored?.revision);
    }
  });
}
