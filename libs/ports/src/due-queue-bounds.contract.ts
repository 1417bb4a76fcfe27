import { expect, it } from '@jest/globals';
import { harness, type Open } from './contract-harness.ts';
import { freshPartition, item } from './due-queue-harness.ts';
import type { DueLoad, DueQueue } from './due-queue.ts';

/** However much waits, a load answers no more than its caller has room for. */
export function boundsContract(open: Open<DueQueue>): void {
  const { port } = harness(open);

  /** Answers the ids loaded, the last one followed by `…` when there are more. */
  async function load(partition: number, bounds: Partial<DueLoad>): Promise<readonly string[]> {
    const { items, hasMore } = await (await port()).load({ partition, lane: 'lane', dueBefore: 1_000, limit: 100, ...bounds });
    return [...items.map(({ id }) => id), ...(hasMore ? ['…'] : [])];
  }

  async function five(): Promise<number> {
    const partition = freshPartition();
    const items = [1, 2, 3, 4, 5].map((order) => item(partition, `i${order}`, { order, value: Buffer.alloc(order === 3 ? 500 : 100) }));
    await (await port()).put([...items, item(partition, 'later', { dueAt: 1_001 })]);
    return partition;
  }

  it('says whether others are due by then, too', async () => {
    const partition = await five();
    expect(await load(partition, { limit: 4 })).toEqual(['i1', 'i2', 'i3', 'i4', '…']);
    expect(await load(partition, { limit: 5 })).toEqual(['i1', 'i2', 'i3', 'i4', 'i5']);
    expect(await load(partition, { limit: 5, dueBefore: 1_001 })).toEqual(['i1', 'i2', 'i3', 'i4', 'i5', '…']);
  });

  it('answers no more bytes than asked for, but for a larger item, which comes alone', async () => {
    const partition = await five();
    expect(await load(partition, { maxBytes: 199 })).toEqual(['i1', '…']);
    expect(await load(partition, { maxBytes: 200 })).toEqual(['i1', 'i2', '…']);
    expect(await load(partition, { maxBytes: 400, except: new Set(['i1', 'i2']) })).toEqual(['i3', '…']);
    expect(await load(partition, { maxBytes: 900 })).toEqual(['i1', 'i2', 'i3', 'i4', 'i5']);
  });

  it('answers 8 MiB when nothing else is asked for', async () => {
    const partition = freshPartition();
    for (const order of [1, 2, 3]) await (await port()).put([item(partition, `i${order}`, { order, value: Buffer.alloc(3 * 1024 * 1024, order) })]);
    expect(await load(partition, {})).toEqual(['i1', 'i2', '…']);
  });

  it('passes over what is excepted, and counts it against no bound', async () => {
    const partition = await five();
    expect(await load(partition, { limit: 2, except: new Set(['i1', 'i2', 'unknown']) })).toEqual(['i3', 'i4', '…']);
    expect(await load(partition, { maxBytes: 200, except: new Set(['i2', 'i3']) })).toEqual(['i1', 'i4', '…']);
    expect(await load(partition, { limit: 2, except: new Set(['i1', 'i4', 'i5']) })).toEqual(['i2', 'i3']);
    expect(await load(partition, { except: new Set(['i1', 'i2', 'i3', 'i4', 'i5']) })).toEqual([]);
  });

  it('comes to everything page by page, each without what the pages before held', async () => {
    const partition = await five();
    const seen = new Set<string>();
    for (let hasMore = true; hasMore; ) {
      const page = await (await port()).load({ partition, lane: 'lane', dueBefore: 1_001, limit: 2, maxBytes: 250, except: seen });
      for (const { id } of page.items) seen.add(id);
      hasMore = page.hasMore;
    }
    expect([...seen]).toEqual(['i1', 'i2', 'i3', 'i4', 'i5', 'later']);
  });
}
