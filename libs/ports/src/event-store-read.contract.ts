import { expect, it } from '@jest/globals';
import { freshName, type Open } from './contract-harness.ts';
import { facts, manyFacts, storeHarness, typesOf } from './event-store-harness.ts';
import type { EventStore } from './event-store.ts';

/** Reading one stream, and reading everything. */
export function eventStoreReadContract(open: Open<EventStore>): void {
  const { port } = storeHarness(open);

  async function streamOf(...types: string[]): Promise<string> {
    const stream = freshName('stream');
    await (await port()).append(stream, facts(...types), 'no_stream');
    return stream;
  }

  it('answers nothing for a stream that does not exist', async () => {
    const store = await port();
    expect(await store.read(freshName('none'))).toEqual([]);
    expect(await store.read(freshName('none'), { direction: 'backwards' })).toEqual([]);
  });

  it('reads forwards from a revision on, at most the limit', async () => {
    const store = await port();
    const stream = await streamOf('a', 'b', 'c', 'd');
    expect(typesOf(await store.read(stream))).toEqual(['a', 'b', 'c', 'd']);
    expect(typesOf(await store.read(stream, { from: 1 }))).toEqual(['b', 'c', 'd']);
    expect(typesOf(await store.read(stream, { direction: 'forwards', from: 1, limit: 2 }))).toEqual(['b', 'c']);
    expect(await store.read(stream, { from: 4 })).toEqual([]);
    expect((await store.read(stream)).map((event) => event.revision)).toEqual([0, 1, 2, 3]);
  });

  it('reads backwards from a revision on, or from the end', async () => {
    const store = await port();
    const stream = await streamOf('a', 'b', 'c', 'd');
    expect(typesOf(await store.read(stream, { direction: 'backwards' }))).toEqual(['d', 'c', 'b', 'a']);
    expect(typesOf(await store.read(stream, { direction: 'backwards', limit: 1 }))).toEqual(['d']);
    expect(typesOf(await store.read(stream, { direction: 'backwards', from: 2 }))).toEqual(['c', 'b', 'a']);
    expect(typesOf(await store.read(stream, { direction: 'backwards', from: 2, limit: 2 }))).toEqual(['c', 'b']);
    expect((await store.read(stream, { direction: 'backwards', from: 0 })).map((event) => event.revision)).toEqual([0]);
  });

  it('answers 1,000 events when no limit is given', async () => {
    const store = await port();
    const stream = freshName('long');
    await store.append(stream, manyFacts('e', 600), 'no_stream');
    await store.append(stream, manyFacts('f', 600), 599);
    expect(await store.read(stream)).toHaveLength(1_000);
    expect((await store.read(stream, { direction: 'backwards' })).at(-1)?.revision).toBe(200);
    expect(await store.read(stream, { limit: 1_200 })).toHaveLength(1_200);
    expect(await store.readAll({ streamPrefix: stream })).toHaveLength(1_000);
  });

  it('reads everything in position order, of streams whose name begins so', async () => {
    const store = await port();
    const prefix = freshName('family');
    const [left, right] = [`${prefix}-left`, `${prefix}-right`];
    await store.append(left, facts('a', 'b'), 'no_stream');
    await store.append(freshName('stranger'), facts('x'), 'no_stream');
    await store.append(right, facts('c'), 'no_stream');
    await store.append(left, facts('d'), 1);
    const all = await store.readAll({ streamPrefix: prefix });
    expect(all.map((event) => [event.type, event.stream, event.revision])).toEqual([
      ['a', left, 0],
      ['b', left, 1],
      ['c', right, 0],
      ['d', left, 2],
    ]);
    expect(all.every((event, at) => at === 0 || event.position > (all[at - 1]?.position ?? 0))).toBe(true);
    expect(all[0]).toEqual((await store.read(left))[0]);
  });

  it('reads everything after a position, at most the limit', async () => {
    const store = await port();
    const prefix = freshName('family');
    await store.append(`${prefix}-1`, facts('a', 'b', 'c', 'd'), 'no_stream');
    const [, second] = await store.readAll({ streamPrefix: prefix });
    const after = second?.position ?? 0;
    expect(typesOf(await store.readAll({ streamPrefix: prefix, after }))).toEqual(['c', 'd']);
    expect(typesOf(await store.readAll({ streamPrefix: prefix, after, limit: 1 }))).toEqual(['c']);
    const stranger = freshName('stranger');
    // Written in one append, so that nothing lies between them; positions go back only as they were told.
    const { position: end } = await store.append(stranger, facts('x', 'y'), 'no_stream');
    const [x] = await store.read(stranger);
    expect(typesOf(await store.readAll({ after: x?.position ?? 0, limit: 1 }))).toEqual(['y']);
    expect(await store.readAll({ streamPrefix: prefix, after: end })).toEqual([]);
  });
}
