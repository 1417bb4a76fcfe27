import { expect, it } from '@jest/globals';
import { expectFault, freshName, type Open } from './contract-harness.ts';
import { facts, storeHarness, typesOf } from './event-store-harness.ts';
import type { EventStore } from './event-store.ts';
import { until } from './until.ts';

/** What a stream forgets, by rule or at once. Revisions are never used twice. */
export function eventStoreRetentionContract(open: Open<EventStore>): void {
  const { port } = storeHarness(open);

  it('keeps everything until told otherwise, and tells what it was told', async () => {
    const store = await port();
    const stream = freshName('stream');
    expect(await store.retention(stream)).toEqual({});
    await store.setRetention(stream, { maxCount: 5, maxAgeMs: 60_000 });
    expect(await store.retention(stream)).toEqual({ maxCount: 5, maxAgeMs: 60_000 });
    await store.setRetention(stream, { maxCount: 7 });
    expect(await store.retention(stream)).toEqual({ maxCount: 7 });
    expect(await store.read(stream)).toEqual([]);
    await store.append(stream, facts('a'), 'no_stream');
  });

  it('reads only the newest events within the count', async () => {
    const store = await port();
    const stream = freshName('stream');
    await store.append(stream, facts('a', 'b', 'c', 'd'), 'no_stream');
    await store.setRetention(stream, { maxCount: 2 });
    expect(typesOf(await store.read(stream))).toEqual(['c', 'd']);
    expect(typesOf(await store.read(stream, { direction: 'backwards' }))).toEqual(['d', 'c']);
    expect(typesOf(await store.read(stream, { from: 0, limit: 1 }))).toEqual(['c']);
    await store.append(stream, facts('e'), 3);
    expect((await store.read(stream)).map((event) => [event.type, event.revision])).toEqual([['d', 3], ['e', 4]]);
  });

  it('reads only events young enough, and goes on after all have expired', async () => {
    const store = await port();
    const stream = freshName('stream');
    await store.append(stream, facts('a', 'b'), 'no_stream');
    await store.setRetention(stream, { maxAgeMs: 1_000 });
    await until(async () => (await store.read(stream)).length === 0);
    expect(await store.read(stream, { direction: 'backwards' })).toEqual([]);
    await expectFault(store.append(stream, facts('x'), 'no_stream'), 'version_conflict');
    expect((await store.append(stream, facts('c'), 1)).revision).toBe(2);
    await store.setRetention(stream, { maxAgeMs: 3_600_000 });
    expect(typesOf(await store.read(stream)).at(-1)).toBe('c');
  });

  it('reads nothing of a deleted stream, and goes on with the next revision', async () => {
    const store = await port();
    const [stream, neighbour] = [freshName('stream'), freshName('stream')];
    await store.append(stream, facts('a', 'b'), 'no_stream');
    await store.append(neighbour, facts('n'), 'no_stream');
    await store.deleteStream(stream);
    expect(await store.read(stream)).toEqual([]);
    expect(await store.read(stream, { direction: 'backwards' })).toEqual([]);
    expect(typesOf(await store.read(neighbour))).toEqual(['n']);
    await expectFault(store.append(stream, facts('x'), 0), 'version_conflict');
    expect(await store.append(stream, facts('c'), 1)).toMatchObject({ revision: 2, repeated: false });
    expect((await store.read(stream)).map((event) => [event.type, event.revision])).toEqual([['c', 2]]);
  });

  it('deletes without complaint what does not exist, or no longer', async () => {
    const store = await port();
    const stream = freshName('stream');
    await store.deleteStream(freshName('none'));
    await store.append(stream, facts('a'), 'no_stream');
    await store.deleteStream(stream);
    await store.deleteStream(stream);
    expect(await store.read(stream)).toEqual([]);
  });
}
