import { expect, it } from '@jest/globals';
import { expectFault, type Open } from './contract-harness.ts';
import { busHarness, contents, freshGroup, messages, numbered, recorder, textOf } from './message-bus-harness.ts';
import type { MessageBus, MessagePosition } from './message-bus.ts';
import { until } from './until.ts';

/** Committing by hand: the group moves when told, wherever it is told to. */
export function messageBusCommitContract(open: Open<MessageBus>): void {
  const { port, topic, consume } = busHarness(open);

  function after(position: MessagePosition | undefined): MessagePosition {
    if (position === undefined) throw new Error('nothing was published');
    return { ...position, offset: position.offset + 1 };
  }

  it('moves the group only by commit, and goes on there', async () => {
    const bus = await port();
    const name = await topic(1);
    const group = freshGroup();
    const positions = await bus.publish(messages(name, numbered('m', 6)));
    const first = recorder();
    const consumption = await consume({ group, topics: [name], commit: 'manual', maxBatch: 2, handle: first.handle });
    await consumption.whenCaughtUp();
    expect(first.texts()).toEqual(numbered('m', 6));
    expect(await bus.committed(group, name)).toEqual(new Map());
    await consumption.commit([after(positions[2])]);
    expect(await bus.committed(group, name)).toEqual(new Map([[0, after(positions[2]).offset]]));
    await consumption.stop();

    const second = recorder();
    const again = await consume({ group, topics: [name], commit: 'manual', handle: second.handle });
    await again.whenCaughtUp();
    expect(second.texts()).toEqual(['m-4', 'm-5', 'm-6']);
  });

  it('delivers again what the handler refused', async () => {
    const bus = await port();
    const name = await topic(1);
    await bus.publish(messages(name, ['a', 'b']));
    const calls: string[] = [];
    const consumption = await consume({
      group: freshGroup(),
      topics: [name],
      commit: 'manual',
      maxBatch: 1,
      handle: (batch) => {
        calls.push(...batch.messages.map(textOf));
        return calls.length < 3 ? Promise.reject(new Error('not yet')) : Promise.resolve();
      },
    });
    await consumption.whenCaughtUp();
    expect(calls).toEqual(['a', 'a', 'a', 'b']);
  });

  it('lets a handler of mode `batch` commit a part before: it stays when the rest is refused', async () => {
    const bus = await port();
    const [name, output] = [await topic(1), await topic(1)];
    const group = freshGroup();
    const [, second] = await bus.publish(messages(name, ['a', 'b']));
    const next = second?.offset ?? -1;
    const stood: unknown[] = [];
    const consumption = await consume({
      group,
      topics: [name],
      handle: async (batch) => {
        stood.push([...(await bus.committed(group, name))]);
        if (stood.length > 1) return messages(output, ['of b']);
        await batch.consumption.commit([{ topic: name, partition: 0, offset: next }], messages(output, ['of a']));
        throw new Error('not yet');
      },
    });
    await consumption.whenCaughtUp();
    expect(stood).toEqual([[], [[0, next]]]);
    expect(await bus.committed(group, name)).toEqual(new Map([[0, next + 1]]));
    expect((await contents(bus, output, 0)).map(textOf)).toEqual(['of a', 'of b']);
  });

  it('keeps positions and outputs together, also places in topics that the group does not consume', async () => {
    const bus = await port();
    const [name, beside, output] = [await topic(2), await topic(3), await topic(2)];
    const group = freshGroup();
    const [position] = await bus.publish(messages(name, ['in'], { partition: 1 }));
    const consumption = await consume({ group, topics: [name], commit: 'manual', handle: recorder().handle });
    await consumption.whenCaughtUp();
    const places = await consumption.commit([after(position), { topic: beside, partition: 2, offset: 41 }], messages(output, ['out', 'too'], { partition: 1 }));
    expect(await bus.committed(group, name)).toEqual(new Map([[1, after(position).offset]]));
    expect(await bus.committed(group, beside)).toEqual(new Map([[2, 41]]));
    const found = await contents(bus, output, 1);
    expect(found.map(textOf)).toEqual(['out', 'too']);
    expect(places).toEqual(found.map(({ offset }) => ({ topic: output, partition: 1, offset })));

    expect(await consumption.commit([{ topic: beside, partition: 2, offset: 42 }])).toEqual([]);
    expect(await bus.committed(group, beside)).toEqual(new Map([[2, 42]]));
    await consumption.commit([], messages(output, ['alone'], { partition: 0 }));
    expect((await contents(bus, output, 0)).map(textOf)).toEqual(['alone']);
  });

  it('keeps neither when one of the outputs cannot be published', async () => {
    const bus = await port();
    const [name, output] = [await topic(1), await topic(1)];
    const group = freshGroup();
    const [position] = await bus.publish(messages(name, ['in']));
    const consumption = await consume({ group, topics: [name], commit: 'manual', handle: recorder().handle });
    await consumption.whenCaughtUp();
    const outputs = [...messages(output, ['half']), ...messages(`missing-${group}`, ['half'])];
    await expectFault(consumption.commit([after(position)], outputs), 'unknown_topic');
    expect(await bus.committed(group, name)).toEqual(new Map());
    expect(await contents(bus, output, 0)).toEqual([]);
  });

  it('commits for many partitions at the same time', async () => {
    const bus = await port();
    const [name, output] = [await topic(4), await topic(1)];
    const group = freshGroup();
    const positions = await bus.publish([0, 1, 2, 3].flatMap((partition) => messages(name, [`p${partition}`], { partition })));
    const consumption = await consume({ group, topics: [name], commit: 'manual', handle: recorder().handle });
    await consumption.whenCaughtUp();
    await Promise.all(positions.map((position) => consumption.commit([after(position)], messages(output, [`from ${position.partition}`]))));
    expect(await bus.committed(group, name)).toEqual(new Map(positions.map((position) => [position.partition, after(position).offset])));
    expect((await contents(bus, output, 0)).map(textOf).sort()).toEqual(['from 0', 'from 1', 'from 2', 'from 3']);
  });

  it('refuses a commit after it has stopped, and keeps nothing of it', async () => {
    const bus = await port();
    const [name, output] = [await topic(1), await topic(1)];
    const group = freshGroup();
    const [position] = await bus.publish(messages(name, ['in']));
    const consumption = await consume({ group, topics: [name], commit: 'manual', handle: recorder().handle });
    await consumption.whenCaughtUp();
    await consumption.stop();
    await expectFault(consumption.commit([after(position)], messages(output, ['late'])), 'not_assigned');
    expect(await bus.committed(group, name)).toEqual(new Map());
    expect(await contents(bus, output, 0)).toEqual([]);
  });

  it('refuses a commit for a partition that another member owns now', async () => {
    const bus = await port();
    const [name, beside, output] = [await topic(2), await topic(1), await topic(1)];
    const group = freshGroup();
    const positions = await bus.publish([...messages(name, ['zero'], { partition: 0 }), ...messages(name, ['one'], { partition: 1 })]);
    const member = () => consume({ group, topics: [name], commit: 'manual', handle: recorder().handle });
    const a = await member();
    await a.whenCaughtUp();
    const b = await member();
    await until(() => a.assigned().length === 1 && b.assigned().length === 1);
    const [kept] = a.assigned();
    const lost = positions.find((position) => position.partition !== kept?.partition);
    const mine = positions.find((position) => position.partition === kept?.partition);
    const refused = a.commit([after(mine), after(lost), { topic: beside, partition: 0, offset: 7 }], messages(output, ['stale']));
    await expectFault(refused, 'not_assigned');
    expect(await bus.committed(group, name)).toEqual(new Map());
    expect(await bus.committed(group, beside)).toEqual(new Map());
    expect(await contents(bus, output, 0)).toEqual([]);

    await b.commit([after(lost)]);
    await a.commit([after(mine)]);
    expect((await bus.committed(group, name)).size).toBe(2);
  });
}
