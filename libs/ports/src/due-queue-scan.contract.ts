import { expect, it } from '@jest/globals';
import { harness, type Open } from './contract-harness.ts';
import { freshPartition, item, nothing } from './due-queue-harness.ts';
import type { DueQueue } from './due-queue.ts';

/** Everything that waits, for who copies it. */
export function scanContract(open: Open<DueQueue>): void {
  const { port } = harness(open);
  const ids = Array.from({ length: 25 }, (_, at) => `dlv_${String(at).padStart(2, '0')}`);

  async function filled(): Promise<number> {
    const partition = freshPartition();
    // In another order than they wait in, over lanes, due and not.
    const items = ids.map((id, at) => item(partition, id, { lane: `lane${at % 3}`, dueAt: at % 2 === 0 ? 1 : 9e15, order: 100 - at, revision: at, value: Buffer.alloc(100, at) }));
    await (await port()).put([...items.toReversed(), item(freshPartition(), 'elsewhere')]);
    return partition;
  }

  it('gives all of a partition by id, whole, and takes nothing away', async () => {
    const queue = await port();
    const partition = await filled();
    for (let time = 0; time < 2; time += 1) {
      const { items, hasMore } = await queue.scan(partition, { limit: 100 });
      expect(hasMore).toBe(false);
      expect(items.map(({ id }) => id)).toEqual(ids);
      expect(items[7]).toEqual({ id: 'dlv_07', partition, lane: 'lane1', dueAt: 9e15, order: 93, revision: 7, value: Buffer.alloc(100, 7) });
    }
  });

  it('comes to everything page by page, within both bounds', async () => {
    const queue = await port();
    const partition = await filled();
    const seen: string[] = [];
    for (let hasMore = true; hasMore; ) {
      const after = seen.at(-1);
      const page = await queue.scan(partition, { limit: 4, maxBytes: 350, ...(after === undefined ? {} : { after }) });
      expect(page.items.length).toBeLessThanOrEqual(3);
      seen.push(...page.items.map(({ id }) => id));
      hasMore = page.hasMore;
    }
    expect(seen).toEqual(ids);
    expect((await queue.scan(partition, { limit: 1, maxBytes: 1 })).items).toHaveLength(1);
  });

  it('finds nothing where nothing waits', async () => {
    expect(await (await port()).scan(freshPartition(), { limit: 10 })).toEqual(nothing);
  });
}
