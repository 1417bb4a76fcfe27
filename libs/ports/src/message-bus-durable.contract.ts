import { expect, it } from '@jest/globals';
import { expectFault, type Capabilities, type Open } from './contract-harness.ts';
import { busHarness, contents, freshGroup, messages, numbered, recorder, textOf } from './message-bus-harness.ts';
import type { Batch, MessageBus } from './message-bus.ts';
import { until } from './until.ts';

/** What closing ends, and what a crash leaves. */
export function messageBusDurableContract(open: Open<MessageBus>, { durable = false }: Capabilities): void {
  const { fresh, reopen, topic, consume, follow } = busHarness(open);

  it('stops what runs on it, refuses what comes after, and may be closed twice', async () => {
    const { port: bus } = await fresh();
    const name = await topic(1, { on: bus });
    let calls = 0;
    const count = () => Promise.resolve(void (calls += 1));
    const consumption = await consume({ group: freshGroup(), topics: [name], handle: count }, bus);
    await follow({ topic: name, from: 'beginning', handle: count }, bus);
    await consumption.whenCaughtUp();
    await bus.close();
    expect(calls).toBe(0);
    expect(consumption.assigned()).toEqual([]);
    await expectFault(bus.publish(messages(name, ['late'])), 'closed');
    await expectFault(bus.consume({ group: freshGroup(), topics: [name], handle: count }), 'closed');
    await expectFault(bus.follow({ topic: name, from: 'end', handle: count }), 'closed');
    await bus.close();
  });

  if (!durable) return;

  it('finds topics, messages and positions again', async () => {
    const first = await fresh();
    const name = await topic(2, { on: first.port });
    const beside = await topic(1, { on: first.port, compacted: true });
    const group = freshGroup();
    const positions = await first.port.publish([
      { topic: name, key: 'k', partition: 1, value: Buffer.from([0, 1, 255]), headers: { h: 'v' } },
      { topic: name, key: 'k', partition: 1, value: null },
      { topic: beside, key: 'c', value: Buffer.from('state') },
    ]);
    const consumption = await consume({ group, topics: [name], commit: 'manual', handle: recorder().handle }, first.port);
    await consumption.whenCaughtUp();
    const offset = (positions[0]?.offset ?? 0) + 1;
    await consumption.commit([{ topic: name, partition: 1, offset }, { topic: beside, partition: 0, offset: 9 }]);
    const before = await contents(first.port, name, 1);

    const { port: bus } = await reopen(first);
    expect(await bus.partitions(name)).toBe(2);
    await expectFault(bus.declare([{ name: beside, partitions: 1 }]), 'topic_mismatch');
    expect(await contents(bus, name, 1)).toEqual(before);
    expect((await contents(bus, beside, 0)).map(textOf)).toEqual(['state']);
    expect(await bus.committed(group, name)).toEqual(new Map([[1, offset]]));
    expect(await bus.committed(group, beside)).toEqual(new Map([[0, 9]]));
    const [next] = await bus.publish(messages(name, ['next'], { partition: 1 }));
    expect(next?.offset).toBeGreaterThan(positions[1]?.offset ?? 0);
  });

  it('keeps every acknowledged message, in order, when it is cut off while publishing', async () => {
    let subject = await fresh();
    const name = await topic(2, { on: subject.port });
    const acknowledged = new Map<string, string>();
    for (let round = 0; round < 5; round += 1) {
      const bus = subject.port;
      let sent = 0;
      const writers = [0, 1].map(async (partition) => {
        for (let at = 0; ; at += 1) {
          const texts = numbered(`${round}-${partition}-${at}`, 5);
          sent += 1;
          const positions = await bus.publish(messages(name, texts, { partition }));
          positions.forEach((position, which) => acknowledged.set(texts[which] ?? '', `${partition}:${position.offset}`));
        }
      });
      const ended = Promise.allSettled(writers);
      await until(() => sent > 10 * (round + 1));
      subject = await reopen(subject);
      await ended;
    }
    const found = [...(await contents(subject.port, name, 0)), ...(await contents(subject.port, name, 1))];
    const places = new Map(found.map((message) => [textOf(message), `${message.partition}:${message.offset}`]));
    expect(new Set(found.map((message) => `${message.partition}:${message.offset}`)).size).toBe(found.length);
    for (const [text, place] of acknowledged) expect([text, places.get(text)]).toEqual([text, place]);
  });

  it('keeps outputs and positions together, or neither, when it is cut off while consuming', async () => {
    let subject = await fresh();
    const [input, output] = [await topic(2, { on: subject.port }), await topic(1, { on: subject.port })];
    const group = freshGroup();
    const texts = numbered('in', 400);
    await subject.port.publish(messages(input, texts));
    const derive = (handled: { count: number }) => (batch: Batch) => {
      handled.count += batch.messages.length;
      return Promise.resolve(messages(output, batch.messages.map(textOf), { partition: 0 }));
    };
    for (let round = 0; round < 6; round += 1) {
      const handled = { count: 0 };
      await subject.port.consume({ group, topics: [input], maxBatch: 7, handle: derive(handled) });
      await until(() => handled.count >= Math.min(round * 9, 30));
      subject = await reopen(subject);
    }
    const consumption = await consume({ group, topics: [input], handle: derive({ count: 0 }) }, subject.port);
    await consumption.whenCaughtUp();
    expect((await contents(subject.port, output, 0)).map(textOf).sort()).toEqual([...texts].sort());
  });
}
