import type { Batch } from '@hookyard/ports';
import { freshName, until } from '@hookyard/ports/testing';
import { openTestBus } from '../cluster-harness.ts';
import type { KafkaBus } from '../kafka-bus.ts';

/** Real: the brokers. Asserted: what transactions leave in a topic beside messages is not taken for work that waits; only a group without members is moved. */

let bus: KafkaBus;

beforeAll(async () => {
  bus = await openTestBus();
});

afterAll(() => bus.close());

describe('the lag behind a topic that is written by transactions', () => {
  it('is nothing once the last message is behind the group, by whatever kind of commit', async () => {
    const [input, between, group, next] = [freshName('input'), freshName('between'), freshName('group'), freshName('next')];
    await bus.declare([{ name: input, partitions: 1 }, { name: between, partitions: 1 }]);
    const pass = async ({ messages }: Batch) => messages.map(({ key, value }) => ({ topic: between, key, value }));
    const first = await bus.consume({ group, topics: [input], maxBatch: 2, handle: pass });
    await bus.publish(Array.from({ length: 7 }, (_, at) => ({ topic: input, key: `${at}`, value: Buffer.from('m') })));
    await first.whenCaughtUp();
    const lagOf = async (name: string) => (await bus.lag(name, between)).map(({ messages }) => messages);
    expect((await lagOf(next))[0]).toBeGreaterThanOrEqual(7);

    let handled = 0;
    const second = await bus.consume({
      group: next,
      topics: [between],
      commit: 'manual',
      handle: async ({ topic, partition, messages, consumption }) => {
        handled += messages.length;
        await consumption.commit([{ topic, partition, offset: (messages.at(-1)?.offset ?? 0) + 1 }]);
      },
    });
    await second.whenCaughtUp();
    expect(handled).toBe(7);
    expect(await lagOf(next)).toEqual([0]);

    const third = await bus.consume({ group: freshName('batch'), topics: [between], handle: () => Promise.resolve() });
    await third.whenCaughtUp();
    await Promise.all([first, second, third].map((each) => each.stop()));
  });

  it('is seen by a member for the partitions of others too', async () => {
    const [input, group] = [freshName('input'), freshName('group')];
    await bus.declare([{ name: input, partitions: 2 }]);
    const other = await openTestBus();
    const handle = () => Promise.resolve();
    const members = [await bus.consume({ group, topics: [input], handle }), await other.consume({ group, topics: [input], handle })];
    await until(() => members.every((each) => each.assigned().length === 1));
    await bus.publish([0, 1].map((partition) => ({ topic: input, partition, key: 'k', value: Buffer.from('m') })));
    await members[0]?.whenCaughtUp();
    expect((await bus.committed(group, input)).size).toBe(2);
    await other.close();
    await members[0]?.stop();
  });
});

describe('moving a group', () => {
  it('sets its positions while nobody belongs to it, and is refused while somebody does', async () => {
    const [input, group] = [freshName('input'), freshName('group')];
    await bus.declare([{ name: input, partitions: 2 }]);
    const positions = [0, 1].map((partition) => ({ topic: input, partition, offset: 5 + partition }));
    await bus.seek(group, positions);
    expect(await bus.committed(group, input)).toEqual(new Map([[0, 5], [1, 6]]));
    const member = await bus.consume({ group, topics: [input], handle: () => Promise.resolve() });
    await until(() => member.assigned().length === 2);
    await expect(bus.seek(group, positions)).rejects.toMatchObject({ code: 'group_in_use' });
    await member.stop();
    await bus.seek(group, [{ topic: input, partition: 1, offset: 0 }]);
    expect((await bus.committed(group, input)).get(1)).toBe(0);
  });
});
