import { expect, it } from '@jest/globals';
import { expectFault, type Open } from './contract-harness.ts';
import { busHarness, contents, freshGroup, messages, numbered, recorder, textOf } from './message-bus-harness.ts';
import type { MessageBus } from './message-bus.ts';

/** What moves here from another bus: messages with their times, groups with their positions. */
export function messageBusMoveContract(open: Open<MessageBus>): void {
  const { port, topic, consume } = busHarness(open);
  const hourMs = 3_600_000;

  it('keeps the time that a message brings along, beside others in one call', async () => {
    const bus = await port();
    const name = await topic(1);
    const then = Date.now() - 48 * hourMs;
    const moved = messages(name, ['first', 'second']).map((message, at) => ({ ...message, publishedAt: then + at * hourMs }));
    await bus.publish([...moved, ...messages(name, ['third'])]);
    const found = await contents(bus, name, 0);
    expect(found.map(textOf)).toEqual(['first', 'second', 'third']);
    expect(found.slice(0, 2).map(({ publishedAt }) => publishedAt)).toEqual([then, then + hourMs]);
    expect(found[2]?.publishedAt).toBeGreaterThan(then + 2 * hourMs);
  });

  it('lets a group go on where it is told to, forwards and back, in all topics named', async () => {
    const bus = await port();
    const [left, right] = [await topic(2), await topic(1)];
    const group = freshGroup();
    const places = await bus.publish(messages(left, numbered('m', 6), { partition: 1 }));
    const at = (index: number) => ({ topic: left, partition: 1, offset: places[index]?.offset ?? -1 });
    await bus.seek(group, [at(4), { topic: right, partition: 0, offset: 0 }]);
    expect(await bus.committed(group, left)).toEqual(new Map([[1, at(4).offset]]));
    expect(await bus.committed(group, right)).toEqual(new Map([[0, 0]]));

    for (const [from, texts] of [[4, ['m-5', 'm-6']], [1, ['m-2', 'm-3', 'm-4', 'm-5', 'm-6']]] as const) {
      await bus.seek(group, [at(from)]);
      const { handle, texts: seen } = recorder();
      const consumption = await consume({ group, topics: [left], handle });
      await consumption.whenCaughtUp();
      expect(seen()).toEqual(texts);
      await consumption.stop();
    }
  });

  it('refuses while the group has members, and changes nothing', async () => {
    const bus = await port();
    const name = await topic(1);
    const group = freshGroup();
    await bus.publish(messages(name, numbered('m', 3)));
    const consumption = await consume({ group, topics: [name], handle: recorder().handle });
    await consumption.whenCaughtUp();
    const before = await bus.committed(group, name);
    await expectFault(bus.seek(group, [{ topic: name, partition: 0, offset: 0 }]), 'group_in_use');
    expect(await bus.committed(group, name)).toEqual(before);
    await consumption.stop();
    await bus.seek(group, [{ topic: name, partition: 0, offset: 1 }]);
    expect(await bus.committed(group, name)).toEqual(new Map([[0, 1]]));
  });

  it('refuses places that do not exist', async () => {
    const bus = await port();
    await expectFault(bus.seek(freshGroup(), [{ topic: await topic(1), partition: 1, offset: 0 }]), 'unknown_topic');
  });
}
