import { describe, expect, it } from '@jest/globals';
import { expectFault, harness, type Capabilities, type Open } from './contract-harness.ts';
import { freshPartition, item, nothing } from './due-queue-harness.ts';
import { boundsContract } from './due-queue-bounds.contract.ts';
import { scanContract } from './due-queue-scan.contract.ts';
import type { DueQueue } from './due-queue.ts';
import { until } from './until.ts';

/** What every DueQueue must do. Times are values here: nothing depends on a clock. */
export function dueQueueContract(open: Open<DueQueue>, capabilities: Capabilities = {}): void {
  describe('putting and loading', () => loadContract(open));
  describe('the bounds of a load', () => boundsContract(open));
  describe('scanning', () => scanContract(open));
  describe('revisions', () => revisionContract(open));
  describe('lanes and counts', () => lanesContract(open));
  describe('closing', () => durableContract(open, capabilities));
}

function loadContract(open: Open<DueQueue>): void {
  const { port } = harness(open);
  const everything = { lane: 'lane', dueBefore: Number.MAX_SAFE_INTEGER, limit: 100 };

  it('gives back every field as it went in, and takes nothing away', async () => {
    const queue = await port();
    const partition = freshPartition();
    const put = item(partition, 'dlv_1', { lane: 'wh_ä', dueAt: 1_767_225_600_123, order: 9_007_199_254_740_991, revision: 7, value: Buffer.from([0, 255, 10]) });
    await queue.put([put]);
    for (let time = 0; time < 2; time += 1) {
      const { items: [loaded, ...others], hasMore } = await queue.load({ ...everything, partition, lane: 'wh_ä' });
      expect(hasMore).toBe(false);
      expect(others).toEqual([]);
      expect({ ...loaded, value: [...(loaded?.value ?? [])] }).toEqual({ ...put, value: [0, 255, 10] });
    }
  });

  it('loads what is due at or before the time, first due first, then by order, then by id', async () => {
    const queue = await port();
    const partition = freshPartition();
    await queue.put([
      item(partition, 'later', { dueAt: 2_001 }),
      item(partition, 'last', { dueAt: 2_000, order: 1 }),
      item(partition, 'b', { dueAt: 1_500, order: 3 }),
      item(partition, 'a', { dueAt: 1_500, order: 3 }),
      item(partition, 'c', { dueAt: 1_500, order: 2 }),
      item(partition, 'first', { dueAt: 10, order: 99 }),
    ]);
    const load = async (dueBefore: number, limit = 100) => (await queue.load({ partition, lane: 'lane', dueBefore, limit })).items.map(({ id }) => id);
    expect(await load(2_000)).toEqual(['first', 'c', 'a', 'b', 'last']);
    expect(await load(2_000, 2)).toEqual(['first', 'c']);
    expect(await load(9)).toEqual([]);
    expect(await load(10)).toEqual(['first']);
  });

  it('keeps lanes and partitions apart', async () => {
    const queue = await port();
    const [left, right] = [freshPartition(), freshPartition()];
    await queue.put([item(left, 'same', { value: Buffer.from('left') }), item(right, 'same', { value: Buffer.from('right') }), item(left, 'other', { lane: 'lane2' })]);
    expect((await queue.load({ ...everything, partition: left })).items.map(({ value }) => value.toString())).toEqual(['left']);
    expect((await queue.load({ ...everything, partition: right })).items.map(({ value }) => value.toString())).toEqual(['right']);
    await queue.complete([{ id: 'same', partition: left, revision: 1 }]);
    expect(await queue.load({ ...everything, partition: left })).toEqual(nothing);
    expect((await queue.load({ ...everything, partition: right })).items).toHaveLength(1);
  });

  it('takes a thousand items at once, and nothing', async () => {
    const queue = await port();
    const partition = freshPartition();
    const items = Array.from({ length: 1_000 }, (_, at) => item(partition, `i${String(at).padStart(4, '0')}`, { order: at, value: Buffer.alloc(500, at) }));
    await queue.put(items);
    await queue.put([]);
    const loaded = await queue.load({ ...everything, partition, limit: 1_000 });
    expect(loaded.items.map(({ id }) => id)).toEqual(items.map(({ id }) => id));
    await queue.complete(items.slice(0, 999));
    await queue.complete([]);
    expect((await queue.load({ ...everything, partition })).items.map(({ id }) => id)).toEqual(['i0999']);
  });
}

function revisionContract(open: Open<DueQueue>): void {
  const { port } = harness(open);

  async function stored(partition: number, lane = 'lane') {
    const { items: loaded } = await (await port()).load({ partition, lane, dueBefore: Number.MAX_SAFE_INTEGER, limit: 100 });
    return loaded.map(({ id, revision, value }) => `${id}@${revision} ${value.toString()}`);
  }

  it('replaces an item only by a greater revision', async () => {
    const queue = await port();
    const partition = freshPartition();
    await queue.put([item(partition, 'x', { revision: 5, value: Buffer.from('five') })]);
    await queue.put([item(partition, 'x', { revision: 4, value: Buffer.from('four') })]);
    await queue.put([item(partition, 'x', { revision: 5, value: Buffer.from('again') })]);
    expect(await stored(partition)).toEqual(['x@5 five']);
    await queue.put([item(partition, 'x', { revision: 6, value: Buffer.from('six') })]);
    expect(await stored(partition)).toEqual(['x@6 six']);
  });

  it('moves a replaced item to its new lane and time', async () => {
    const queue = await port();
    const partition = freshPartition();
    await queue.put([item(partition, 'x')]);
    await queue.put([item(partition, 'x', { revision: 2, lane: 'elsewhere', dueAt: 5_000 })]);
    expect(await stored(partition)).toEqual([]);
    expect(await queue.load({ partition, lane: 'elsewhere', dueBefore: 4_999, limit: 1 })).toEqual(nothing);
    expect(await stored(partition, 'elsewhere')).toEqual(['x@2 x']);
    expect(await queue.count([partition])).toBe(1);
  });

  it('keeps the greatest revision of an id that stands twice in one call, in either order', async () => {
    const queue = await port();
    const partition = freshPartition();
    await queue.put([item(partition, 'up', { revision: 1 }), item(partition, 'up', { revision: 2 })]);
    await queue.put([item(partition, 'down', { revision: 2 }), item(partition, 'down', { revision: 1 })]);
    expect(await stored(partition)).toEqual(['down@2 down', 'up@2 up']);
  });

  it('keeps the greatest revision of many that come at once', async () => {
    const queue = await port();
    const partition = freshPartition();
    const revisions = [3, 9, 1, 7, 10, 2, 8, 5, 4, 6];
    await Promise.all(revisions.map((revision) => queue.put([item(partition, 'x', { revision })])));
    expect(await stored(partition)).toEqual(['x@10 x']);
  });

  it('finds those that wait with a smaller revision, in whatever lane, and leaves them there', async () => {
    const queue = await port();
    const [partition, other] = [freshPartition(), freshPartition()];
    const behind = item(partition, 'behind', { revision: 2, lane: 'b', dueAt: 3_000, order: 9, value: Buffer.from([0, 255]) });
    await queue.put([behind, item(partition, 'level', { revision: 3 }), item(partition, 'ahead', { revision: 4 }), item(partition, 'unasked'), item(other, 'level')]);
    const asked = ['behind', 'level', 'ahead', 'unknown'].map((id) => ({ id, partition, revision: 3 }));
    const found = await queue.older(asked);
    expect(found.map((each) => ({ ...each, value: [...each.value] }))).toEqual([{ ...behind, value: [0, 255] }]);
    expect(await queue.older([])).toEqual([]);
    expect(await queue.count([partition])).toBe(4);
  });

  it('removes an item unless a newer one has taken its place', async () => {
    const queue = await port();
    const partition = freshPartition();
    await queue.put([item(partition, 'newer', { revision: 3 }), item(partition, 'same', { revision: 3 }), item(partition, 'older', { revision: 3 })]);
    await queue.complete([
      { id: 'newer', partition, revision: 2 },
      { id: 'same', partition, revision: 3 },
      { id: 'older', partition, revision: 4 },
      { id: 'unknown', partition, revision: 1 },
    ]);
    expect(await stored(partition)).toEqual(['newer@3 newer']);
  });
}

function lanesContract(open: Open<DueQueue>): void {
  const { port } = harness(open);

  it('tells the lanes that have items: how many wait, and when the first falls due', async () => {
    const queue = await port();
    const partition = freshPartition();
    await queue.put([
      item(partition, '1', { lane: 'b', dueAt: 300 }),
      item(partition, '2', { lane: 'b', dueAt: 200 }),
      item(partition, '3', { lane: 'a', dueAt: 900 }),
      item(partition, '4', { lane: 'c', dueAt: 100 }),
    ]);
    expect(await queue.lanes(partition, { limit: 10 })).toEqual([
      { lane: 'a', nextDueAt: 900, waiting: 1 },
      { lane: 'b', nextDueAt: 200, waiting: 2 },
      { lane: 'c', nextDueAt: 100, waiting: 1 },
    ]);
    await queue.complete([{ id: '2', partition, revision: 1 }, { id: '3', partition, revision: 1 }]);
    expect(await queue.lanes(partition, { limit: 10 })).toEqual([
      { lane: 'b', nextDueAt: 300, waiting: 1 },
      { lane: 'c', nextDueAt: 100, waiting: 1 },
    ]);
  });

  it('tells them page by page, by name', async () => {
    const queue = await port();
    const partition = freshPartition();
    const names = Array.from({ length: 25 }, (_, at) => `wh_${String(at).padStart(2, '0')}`);
    await queue.put(names.map((lane) => item(partition, `of ${lane}`, { lane })));
    const found: string[] = [];
    for (;;) {
      const after = found.at(-1);
      const page = await queue.lanes(partition, after === undefined ? { limit: 10 } : { after, limit: 10 });
      if (page.length === 0) break;
      expect(page.length).toBeLessThanOrEqual(10);
      found.push(...page.map(({ lane }) => lane));
    }
    expect(found).toEqual(names);
  });

  it('knows nothing of a partition that has nothing', async () => {
    const queue = await port();
    const partition = freshPartition();
    expect(await queue.lanes(partition, { limit: 10 })).toEqual([]);
    expect(await queue.load({ partition, lane: 'lane', dueBefore: Number.MAX_SAFE_INTEGER, limit: 10 })).toEqual(nothing);
    expect(await queue.count([partition])).toBe(0);
  });

  it('counts what waits in the partitions asked for', async () => {
    const queue = await port();
    const [left, right, other] = [freshPartition(), freshPartition(), freshPartition()];
    await queue.put([item(left, '1'), item(left, '2', { lane: 'b' }), item(right, '1'), item(other, '1')]);
    expect(await queue.count([left, right])).toBe(3);
    expect(await queue.count([right])).toBe(1);
    expect(await queue.count([])).toBe(0);
  });
}

function durableContract(open: Open<DueQueue>, { durable = false }: Capabilities): void {
  const { fresh, reopen } = harness(open);

  it('refuses what comes after, and may be closed twice', async () => {
    const { port: queue } = await fresh();
    await queue.close();
    await expectFault(queue.put([item(1, 'late')]), 'closed');
    await expectFault(queue.load({ partition: 1, lane: 'lane', dueBefore: 0, limit: 1 }), 'closed');
    await queue.close();
  });

  if (!durable) return;

  it('keeps every acknowledged put and completion when it is cut off while writing', async () => {
    let subject = await fresh();
    const partition = freshPartition();
    const [put, completed] = [new Set<string>(), new Set<string>()];
    let begun = 0;
    for (let round = 0; round < 5; round += 1) {
      const { port: queue } = subject;
      const before = begun;
      const writers = [1, 2].map(async (writer) => {
        for (let at = 0; ; at += 1) {
          begun += 1;
          const [stays, goes] = [item(partition, `stays-${round}-${writer}-${at}`), item(partition, `goes-${round}-${writer}-${at}`)];
          await queue.put([stays, goes]);
          put.add(stays.id);
          await queue.complete([goes]);
          completed.add(goes.id);
        }
      });
      const ended = Promise.allSettled(writers);
      await until(() => begun > before + 10 * (round + 1));
      subject = await reopen(subject);
      await ended;
    }
    const found = new Set((await subject.port.load({ partition, lane: 'lane', dueBefore: 1_000, limit: 100_000 })).items.map(({ id }) => id));
    expect([...put].filter((id) => !found.has(id))).toEqual([]);
    expect([...completed].filter((id) => found.has(id))).toEqual([]);
    expect(await subject.port.count([partition])).toBe(found.size);
  });
}
