import { describe, expect, it } from '@jest/globals';
import { partitionOf } from '@hookyard/event-schemas';
import { expectFault, freshName, type Capabilities, type Open } from './contract-harness.ts';
import { messageBusCommitContract } from './message-bus-commit.contract.ts';
import { messageBusDurableContract } from './message-bus-durable.contract.ts';
import { messageBusFollowContract } from './message-bus-follow.contract.ts';
import { messageBusGroupContract } from './message-bus-group.contract.ts';
import { messageBusMembersContract } from './message-bus-members.contract.ts';
import { messageBusMoveContract } from './message-bus-move.contract.ts';
import { messageBusPaceContract } from './message-bus-pace.contract.ts';
import { messageBusSizeContract } from './message-bus-size.contract.ts';
import { busHarness, contents, freshGroup, messages, numbered, textOf } from './message-bus-harness.ts';
import type { MessageBus } from './message-bus.ts';
import { until } from './until.ts';

/** What every MessageBus must do. Offsets may have gaps, groups may take seconds to settle; nothing else is left open. */
export function messageBusContract(open: Open<MessageBus>, capabilities: Capabilities = {}): void {
  describe('declaring topics', () => topicsContract(open));
  describe('publishing and reading', () => publishContract(open));
  describe('asking for offsets', () => offsetsContract(open));
  describe('bounding in bytes what is handed over', () => messageBusSizeContract(open));
  describe('consuming as a group', () => messageBusGroupContract(open));
  describe('pausing, catching up and stopping', () => messageBusPaceContract(open));
  describe('members of a group', () => messageBusMembersContract(open));
  describe('committing by hand', () => messageBusCommitContract(open));
  describe('following', () => messageBusFollowContract(open));
  describe('moving here', () => messageBusMoveContract(open));
  describe('closing', () => messageBusDurableContract(open, capabilities));
}

function topicsContract(open: Open<MessageBus>): void {
  const { port, topic } = busHarness(open);

  it('creates what is missing, with the partitions asked for', async () => {
    const bus = await port();
    const [one, five] = [freshName('one'), freshName('five')];
    await bus.declare([
      { name: one, partitions: 1 },
      { name: five, partitions: 5, compacted: true, retentionMs: 3_600_000 },
    ]);
    expect(await bus.partitions(one)).toBe(1);
    expect(await bus.partitions(five)).toBe(5);
  });

  it('changes nothing when a topic is declared again', async () => {
    const bus = await port();
    const name = await topic(2);
    await bus.publish(messages(name, ['kept'], { partition: 1 }));
    await bus.declare([{ name, partitions: 2 }]);
    expect((await contents(bus, name, 1)).map(textOf)).toEqual(['kept']);
  });

  it('refuses another partition count or another kind', async () => {
    const bus = await port();
    const name = await topic(2);
    await expectFault(bus.declare([{ name, partitions: 3 }]), 'topic_mismatch');
    await expectFault(bus.declare([{ name, partitions: 2, compacted: true }]), 'topic_mismatch');
    expect(await bus.partitions(name)).toBe(2);
  });

  it('refuses every use of a topic that was not declared', async () => {
    const bus = await port();
    const name = freshName('unknown');
    await expectFault(bus.partitions(name), 'unknown_topic');
    await expectFault(bus.publish(messages(name, ['lost'])), 'unknown_topic');
    await expectFault(bus.consume({ group: freshGroup(), topics: [name], handle: () => Promise.resolve() }), 'unknown_topic');
    await expectFault(bus.follow({ topic: name, from: 'end', handle: () => {} }), 'unknown_topic');
    await expectFault(bus.read({ topic: name, partition: 0, offset: 0 }, 1), 'unknown_topic');
    await expectFault(bus.offsets(name), 'unknown_topic');
  });
}

function publishContract(open: Open<MessageBus>): void {
  const { port, topic } = busHarness(open);

  it('gives back every field as it went in', async () => {
    const bus = await port();
    const name = await topic(3);
    const value = Buffer.from([0, 255, 128, 10, 13, 0]);
    const before = Date.now();
    await bus.publish([{ topic: name, key: 'schlüssel', partition: 2, value, headers: { ce_id: 'äöü', empty: '' } }]);
    const [message, ...others] = await contents(bus, name, 2);
    expect(others).toEqual([]);
    expect(message).toMatchObject({ topic: name, partition: 2, key: 'schlüssel', headers: { ce_id: 'äöü', empty: '' } });
    expect(Buffer.compare(message?.value ?? Buffer.alloc(0), value)).toBe(0);
    // A server may have a clock of its own.
    expect(Math.abs((message?.publishedAt ?? 0) - before)).toBeLessThan(10_000);
  });

  it('tells an empty value from none, and gives no headers as an empty object', async () => {
    const bus = await port();
    const name = await topic(1);
    await bus.publish([
      { topic: name, key: 'empty', value: Buffer.alloc(0) },
      { topic: name, key: 'none', value: null },
    ]);
    const [empty, none] = await contents(bus, name, 0);
    expect(empty?.value?.length).toBe(0);
    expect(none?.value).toBeNull();
    expect(none?.headers).toEqual({});
  });

  it('answers positions in the order given, over topics and partitions', async () => {
    const bus = await port();
    const [left, right] = [await topic(4), await topic(2)];
    const outgoing = [...messages(left, numbered('k', 20)), ...messages(right, ['fixed'], { partition: 1 }), ...messages(left, ['last'], { partition: 0 })];
    const positions = await bus.publish(outgoing);
    expect(positions.map(({ topic: at, partition }) => [at, partition])).toEqual(
      outgoing.map((message) => [message.topic, message.partition ?? partitionOf(message.key, message.topic === left ? 4 : 2)]),
    );
    for (const [at, position] of positions.entries()) {
      const [found] = await bus.read(position, 1);
      expect(found).toMatchObject({ ...position, key: outgoing[at]?.key });
    }
  });

  it('answers nothing to nothing', async () => {
    expect(await (await port()).publish([])).toEqual([]);
  });

  it('keeps the order of a partition, within a call and over calls', async () => {
    const bus = await port();
    const name = await topic(2);
    const texts = numbered('m', 60);
    for (let at = 0; at < texts.length; at += 20) await bus.publish(messages(name, texts.slice(at, at + 20), { partition: 1 }));
    const found = await contents(bus, name, 1);
    expect(found.map(textOf)).toEqual(texts);
    expect(found.every((message, at) => at === 0 || message.offset > (found[at - 1]?.offset ?? 0))).toBe(true);
  });

  it('keeps every message of many callers, each at a place of its own', async () => {
    const bus = await port();
    const name = await topic(2);
    const texts = numbered('c', 100);
    const positions = (await Promise.all(texts.map((text) => bus.publish(messages(name, [text]))))).flat();
    expect(new Set(positions.map(({ partition, offset }) => `${partition}:${offset}`)).size).toBe(100);
    const found = [...(await contents(bus, name, 0)), ...(await contents(bus, name, 1))].map(textOf);
    expect(found.sort()).toEqual([...texts].sort());
  });

  it('carries a payload of 1 MiB', async () => {
    const bus = await port();
    const name = await topic(1);
    const value = Buffer.alloc(1_048_576, 'hookyard');
    await bus.publish([{ topic: name, key: 'large', value }]);
    const [large] = await contents(bus, name, 0);
    expect(large?.value !== null && large?.value !== undefined && value.equals(large.value)).toBe(true);
  });

  it('reads from an offset on, at most the limit, and nothing at the end', async () => {
    const bus = await port();
    const name = await topic(1);
    const positions = await bus.publish(messages(name, numbered('r', 6)));
    const third = positions[2] ?? { topic: name, partition: 0, offset: 0 };
    expect((await bus.read(third, 2)).map(textOf)).toEqual(['r-3', 'r-4']);
    expect((await bus.read(third, 50)).map(textOf)).toEqual(['r-3', 'r-4', 'r-5', 'r-6']);
    expect(await bus.read({ ...third, offset: (positions.at(-1)?.offset ?? 0) + 1 }, 50)).toEqual([]);
  });

  it('keeps the newest message of each key in a compacted topic, and the removal of a key', async () => {
    const bus = await port();
    const name = await topic(1, { compacted: true });
    for (const [key, text] of [['a', 'old'], ['b', 'old'], ['a', 'new'], ['b', null], ['c', 'only']] as const) {
      await bus.publish([{ topic: name, key, value: text === null ? null : Buffer.from(text) }]);
    }
    const table = new Map<string, string>();
    for (const message of await contents(bus, name, 0)) {
      if (message.value === null) table.delete(message.key);
      else table.set(message.key, textOf(message));
    }
    expect(Object.fromEntries(table)).toEqual({ a: 'new', c: 'only' });
  });
}

function offsetsContract(open: Open<MessageBus>): void {
  const { port, topic } = busHarness(open);

  it('tells the oldest and the next offset of every partition', async () => {
    const bus = await port();
    const name = await topic(2);
    const positions = await bus.publish(messages(name, ['x', 'y'], { partition: 1 }));
    const [empty, filled] = [...(await bus.offsets(name))].sort((a, b) => a.partition - b.partition);
    expect(empty).toEqual({ partition: 0, low: 0, high: 0 });
    expect(filled).toMatchObject({ partition: 1, low: positions[0]?.offset });
    expect(filled?.high).toBeGreaterThan(positions[1]?.offset ?? 0);
  });

  it('finds the first offset at or after a time, or the high offset', async () => {
    const bus = await port();
    const name = await topic(2);
    const [first] = await bus.publish(messages(name, ['early'], { partition: 0 }));
    const earlyAt = (await contents(bus, name, 0))[0]?.publishedAt ?? 0;
    await until(() => Date.now() > earlyAt + 20);
    const [second] = await bus.publish(messages(name, ['late'], { partition: 0 }));
    const lateAt = (await contents(bus, name, 0))[1]?.publishedAt ?? 0;
    const high = new Map((await bus.offsets(name)).map((each) => [each.partition, each.high]));

    expect(await bus.offsetsAt(name, 0)).toEqual(new Map([[0, first?.offset], [1, 0]]));
    expect((await bus.offsetsAt(name, lateAt)).get(0)).toBe(second?.offset);
    expect((await bus.offsetsAt(name, earlyAt + 1)).get(0)).toBe(second?.offset);
    expect(await bus.offsetsAt(name, lateAt + 60_000)).toEqual(high);
  });
}
