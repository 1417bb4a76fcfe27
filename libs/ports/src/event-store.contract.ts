import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { isFault } from '@hookyard/event-schemas';
import { expectFault, freshName, type Capabilities, type Open } from './contract-harness.ts';
import { eventStoreDurableContract } from './event-store-durable.contract.ts';
import { eventStoreReadContract } from './event-store-read.contract.ts';
import { eventStoreRetentionContract } from './event-store-retention.contract.ts';
import { eventStoreSubscribeContract } from './event-store-subscribe.contract.ts';
import { facts, storeHarness, typesOf } from './event-store-harness.ts';
import type { EventStore } from './event-store.ts';

/** What every EventStore must do. Positions may have gaps, and other streams may live in the same store. */
export function eventStoreContract(open: Open<EventStore>, capabilities: Capabilities = {}): void {
  describe('appending', () => appendContract(open));
  describe('appending again', () => repeatContract(open));
  describe('reading', () => eventStoreReadContract(open));
  describe('subscribing', () => eventStoreSubscribeContract(open));
  describe('retaining and deleting', () => eventStoreRetentionContract(open));
  describe('closing', () => eventStoreDurableContract(open, capabilities));
}

function appendContract(open: Open<EventStore>): void {
  const { port } = storeHarness(open);

  it('answers revision and position of the last event, counting revisions from 0', async () => {
    const store = await port();
    const stream = freshName('stream');
    const first = await store.append(stream, facts('a', 'b', 'c'), 'no_stream');
    expect(first).toEqual({ revision: 2, position: expect.any(Number), repeated: false });
    const second = await store.append(stream, facts('d'), 2);
    expect(second).toEqual({ revision: 3, position: expect.any(Number), repeated: false });
    expect(second.position).toBeGreaterThan(first.position);
    expect((await store.read(stream)).map((event) => event.position).filter((_, at) => at >= 2)).toEqual([first.position, second.position]);
  });

  it('records every field as it was given', async () => {
    const store = await port();
    const stream = freshName('stream');
    const rich = { id: randomUUID(), type: 'Rich', data: { text: 'ß"\\', list: [1, 2.5, -0.1, null, true], nested: { deep: {} } }, metadata: { actor: { kind: 'admin' } } };
    const plain = { id: randomUUID(), type: 'Plain', data: 'just text' };
    const before = Date.now();
    await store.append(stream, [rich, plain], 'no_stream');
    const [first, second] = await store.read(stream);
    expect(first).toEqual({ ...rich, stream, revision: 0, position: expect.any(Number), recordedAt: expect.any(Number) });
    expect(second).toEqual({ ...plain, metadata: {}, stream, revision: 1, position: expect.any(Number), recordedAt: expect.any(Number) });
    // A server may have a clock of its own.
    expect(Math.abs((first?.recordedAt ?? 0) - before)).toBeLessThan(10_000);
    expect(second?.position).toBeGreaterThan(first?.position ?? 0);
  });

  it('refuses another revision than the expected one, and keeps nothing of the refused append', async () => {
    const store = await port();
    const stream = freshName('stream');
    await expectFault(store.append(stream, facts('x', 'y'), 0), 'version_conflict');
    expect(await store.read(stream)).toEqual([]);
    await store.append(stream, facts('a', 'b'), 'no_stream');
    await expectFault(store.append(stream, facts('x', 'y'), 'no_stream'), 'version_conflict');
    await expectFault(store.append(stream, facts('x', 'y'), 0), 'version_conflict');
    await expectFault(store.append(stream, facts('x', 'y'), 2), 'version_conflict');
    expect(typesOf(await store.read(stream))).toEqual(['a', 'b']);
    expect(typesOf(await store.readAll({ streamPrefix: stream }))).toEqual(['a', 'b']);
    await store.append(stream, facts('c'), 1);
  });

  it.each([
    ['a new stream', 0],
    ['an existing one', 2],
  ])('lets exactly one of many writers win at one expected revision of %s', async (_, existing) => {
    const store = await port();
    const stream = freshName('stream');
    if (existing > 0) await store.append(stream, facts('a', 'b'), 'no_stream');
    const writers = Array.from({ length: 8 }, (_writer, at) => facts(`w${at}`, `w${at}`));
    const results = await Promise.allSettled(writers.map((events) => store.append(stream, events, existing > 0 ? existing - 1 : 'no_stream')));
    const winners = results.flatMap((result, at) => (result.status === 'fulfilled' ? [at] : []));
    expect(winners).toHaveLength(1);
    expect(results.filter((result) => result.status === 'rejected' && isFault(result.reason, 'version_conflict'))).toHaveLength(7);
    expect(typesOf(await store.read(stream, { from: existing }))).toEqual([`w${winners[0]}`, `w${winners[0]}`]);
  });

  it('numbers each stream by itself while many are written at once', async () => {
    const store = await port();
    const streams = Array.from({ length: 10 }, () => freshName('many'));
    const appended = await Promise.all(
      streams.map(async (stream) => {
        const first = await store.append(stream, facts('a', 'b'), 'no_stream');
        return [first, await store.append(stream, facts('c'), first.revision)];
      }),
    );
    expect(appended.map((results) => results.map((result) => result.revision))).toEqual(streams.map(() => [1, 2]));
    expect(new Set(appended.flat().map((result) => result.position)).size).toBe(20);
  });
}

function repeatContract(open: Open<EventStore>): void {
  const { port } = storeHarness(open);

  it('recognises the same append, answers as the first time, and writes nothing', async () => {
    const store = await port();
    const stream = freshName('stream');
    const events = facts('a', 'b');
    const first = await store.append(stream, events, 'no_stream');
    expect(await store.append(stream, events, 'no_stream')).toEqual({ ...first, repeated: true });
    const more = facts('c');
    const second = await store.append(stream, more, 1);
    expect(await store.append(stream, more, 1)).toEqual({ ...second, repeated: true });
    expect(typesOf(await store.read(stream))).toEqual(['a', 'b', 'c']);
  });

  it('recognises it also when others have written since', async () => {
    const store = await port();
    const stream = freshName('stream');
    const [begun, middle] = [facts('a'), facts('b', 'c')];
    const first = await store.append(stream, begun, 'no_stream');
    const second = await store.append(stream, middle, 0);
    await store.append(stream, facts('d'), 2);
    expect(await store.append(stream, begun, 'no_stream')).toEqual({ ...first, repeated: true });
    expect(await store.append(stream, middle, 0)).toEqual({ ...second, repeated: true });
    expect(typesOf(await store.read(stream))).toEqual(['a', 'b', 'c', 'd']);
  });

  it('recognises it when both are sent at the same time', async () => {
    const store = await port();
    const stream = freshName('stream');
    const events = facts('a', 'b');
    const results = await Promise.all([1, 2, 3, 4].map(() => store.append(stream, events, 'no_stream')));
    expect(results.filter((result) => !result.repeated)).toHaveLength(1);
    expect(new Set(results.map(({ revision, position }) => `${revision}:${position}`)).size).toBe(1);
    expect(typesOf(await store.read(stream))).toEqual(['a', 'b']);
  });

  it('refuses what only partly stands there, or in another order, or elsewhere in the stream', async () => {
    const store = await port();
    const stream = freshName('stream');
    const [a, b] = [facts('a'), facts('b')];
    await store.append(stream, [...a, ...b], 'no_stream');
    await expectFault(store.append(stream, [...a, ...facts('x')], 'no_stream'), 'version_conflict');
    await expectFault(store.append(stream, [...b, ...a], 'no_stream'), 'version_conflict');
    await expectFault(store.append(stream, [...a, ...b, ...facts('x')], 'no_stream'), 'version_conflict');
    await expectFault(store.append(stream, a, 0), 'version_conflict');
    expect(typesOf(await store.read(stream))).toEqual(['a', 'b']);
  });

  it('takes the same ids in another stream as other events', async () => {
    const store = await port();
    const [left, right] = [freshName('stream'), freshName('stream')];
    const events = facts('a');
    await store.append(left, events, 'no_stream');
    expect((await store.append(right, events, 'no_stream')).repeated).toBe(false);
    expect(typesOf(await store.read(right))).toEqual(['a']);
  });
}
