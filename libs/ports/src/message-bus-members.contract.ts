import { expect, it } from '@jest/globals';
import { gate, type Open } from './contract-harness.ts';
import { busHarness, contents, freshGroup, meanwhile, messages, numbered, recorder, textOf } from './message-bus-harness.ts';
import type { Batch, Consumption, MessageBus, TopicPartition } from './message-bus.ts';
import { until } from './until.ts';

/** Several members of one group: who owns what, and how it is handed over. */
export function messageBusMembersContract(open: Open<MessageBus>): void {
  const { port, topic, consume } = busHarness(open);

  async function settled(total: number, ...members: readonly Consumption[]): Promise<void> {
    await until(() => {
      const owned = members.map((member) => member.assigned().length);
      return owned.every((count) => count > 0) && owned.reduce((sum, count) => sum + count, 0) === total;
    });
  }

  it('gives each partition to one member, and every message to its owner', async () => {
    const bus = await port();
    const name = await topic(4);
    const group = freshGroup();
    const [left, right] = [recorder(), recorder()];
    const a = await consume({ group, topics: [name], handle: left.handle });
    const b = await consume({ group, topics: [name], handle: right.handle });
    await settled(4, a, b);
    const owners = [a, b].flatMap((member) => member.assigned().map(({ topic: of, partition }) => `${of}:${partition}`));
    expect(new Set(owners).size).toBe(4);

    const texts = numbered('m', 40);
    await bus.publish(texts.map((text, at) => ({ topic: name, key: text, partition: at % 4, value: Buffer.from(text) })));
    await Promise.all([a.whenCaughtUp(), b.whenCaughtUp()]);
    expect([...left.texts(), ...right.texts()].sort()).toEqual([...texts].sort());
    const ownedByA = new Set(a.assigned().map(({ partition }) => partition));
    expect(left.messages().every((message) => ownedByA.has(message.partition))).toBe(true);
    expect(right.messages().every((message) => !ownedByA.has(message.partition))).toBe(true);
  });

  it('knows at any time what it owns: nothing that another member may work on', async () => {
    const bus = await port();
    const name = await topic(2);
    const group = freshGroup();
    const places = [0, 1].map((partition) => ({ topic: name, partition }));
    let isOwnedInHand = true;
    const handle = (batch: Batch) => Promise.resolve(void (isOwnedInHand &&= batch.consumption.owns(batch)));
    const owners: Consumption[] = [];
    let isDoublyOwned = false;
    const join = async () => {
      const member = await consume({ group, topics: [name], handle });
      owners.push(member);
      return member;
    };
    const watch = (): true => {
      isDoublyOwned ||= places.some((place) => owners.filter((each) => each.owns(place)).length > 1);
      return true;
    };
    const owned = (member: Consumption) => watch() && places.filter((place) => member.owns(place));
    const a = await join();
    expect(a.owns({ topic: freshGroup(), partition: 0 })).toBe(false);
    await until(() => owned(a).length === 2);
    const b = await join();
    await until(() => owned(a).length === 1 && owned(b).length === 1);
    await bus.publish(places.flatMap(({ partition }) => messages(name, ['m'], { partition })));
    await Promise.all([a.whenCaughtUp(), b.whenCaughtUp()]);
    await a.stop();
    expect(owned(a)).toEqual([]);
    await until(() => owned(b).length === 2);
    expect([isDoublyOwned, isOwnedInHand]).toEqual([false, true]);
  });

  it('hands everything to the other member when one stops', async () => {
    const bus = await port();
    const name = await topic(4);
    const group = freshGroup();
    const [left, right] = [recorder(), recorder()];
    const a = await consume({ group, topics: [name], handle: left.handle });
    const b = await consume({ group, topics: [name], handle: right.handle });
    await settled(4, a, b);
    await bus.publish(messages(name, numbered('early', 20)));
    await Promise.all([a.whenCaughtUp(), b.whenCaughtUp()]);
    await a.stop();
    const before = left.texts().length;
    await bus.publish(messages(name, numbered('late', 20)));
    await until(() => b.assigned().length === 4);
    await b.whenCaughtUp();
    expect(left.texts()).toHaveLength(before);
    expect([...left.texts(), ...right.texts()].sort()).toEqual([...numbered('early', 20), ...numbered('late', 20)].sort());
  });

  it('hands a partition over only after the batch in hand was committed', async () => {
    const bus = await port();
    const name = await topic(2);
    const group = freshGroup();
    const { opened, open: release } = gate();
    const begun: string[] = [];
    const handle = async (batch: Batch) => {
      begun.push(...batch.messages.map(textOf));
      await opened;
    };
    const a = await consume({ group, topics: [name], handle });
    await until(() => a.assigned().length === 2);
    await bus.publish([...messages(name, ['zero'], { partition: 0 }), ...messages(name, ['one'], { partition: 1 })]);
    await until(() => begun.length === 2);
    const joining = consume({ group, topics: [name], handle });
    await meanwhile(bus, name);
    release();
    const b = await joining;
    await settled(2, a, b);
    await Promise.all([a.whenCaughtUp(), b.whenCaughtUp()]);
    expect(begun.sort()).toEqual(['one', 'zero']);
  });

  it('loses nothing and never works twice on a partition while members come and go', async () => {
    const bus = await port();
    const [name, output] = [await topic(4), await topic(1)];
    const group = freshGroup();
    const inHand = new Set<number>();
    let isDoublyHandled = false;
    const handle = async (batch: Batch) => {
      isDoublyHandled ||= inHand.has(batch.partition);
      inHand.add(batch.partition);
      await bus.partitions(output);
      inHand.delete(batch.partition);
      return messages(output, batch.messages.map(textOf), { partition: 0 });
    };
    const join = () => consume({ group, topics: [name], maxBatch: 3, handle });
    const texts = numbered('t', 200);
    const publishing = (async () => {
      for (const text of texts) await bus.publish(messages(name, [text]));
    })();
    let members = [await join()];
    for (let round = 0; round < 3; round += 1) {
      members.push(await join(), await join());
      await Promise.all(members.slice(0, 2).map((each) => each.stop()));
      members = members.slice(2);
    }
    await publishing;
    await Promise.all(members.map((each) => each.whenCaughtUp()));
    await until(async () => (await bus.lag(group, name)).every((each) => each.messages === 0));
    const handled = new Set((await contents(bus, output, 0)).map(textOf));
    expect(texts.filter((text) => !handled.has(text))).toEqual([]);
    expect(isDoublyHandled).toBe(false);
  });

  it('calls onAssigned before the first batch of a partition, which waits for it', async () => {
    const bus = await port();
    const name = await topic(2);
    const { opened, open: release } = gate();
    const assigned: TopicPartition[] = [];
    let given: Consumption | undefined;
    const { handle, texts } = recorder();
    await bus.publish(messages(name, numbered('w', 4)));
    const consumption = await consume({
      group: freshGroup(),
      topics: [name],
      handle,
      onAssigned: async (partitions, through) => {
        given = through;
        assigned.push(...partitions);
        await opened;
      },
    });
    await until(() => assigned.length === 2);
    expect(assigned.map((each) => each.topic)).toEqual([name, name]);
    expect(assigned.map((each) => each.partition).sort()).toEqual([0, 1]);
    expect([...consumption.assigned()]).toEqual(expect.arrayContaining([...assigned]));
    expect(texts()).toEqual([]);
    release();
    await consumption.whenCaughtUp();
    expect(given).toBe(consumption);
    expect(texts().sort()).toEqual(numbered('w', 4));
  });

  it('tries onAssigned again when it fails, before any batch', async () => {
    const bus = await port();
    const name = await topic(1);
    const happened: string[] = [];
    await bus.publish(messages(name, ['message']));
    const consumption = await consume({
      group: freshGroup(),
      topics: [name],
      handle: (batch) => Promise.resolve(void happened.push(...batch.messages.map(textOf))),
      onAssigned: () => {
        happened.push('assigned');
        return happened.length === 1 ? Promise.reject(new Error('not yet')) : Promise.resolve();
      },
    });
    await consumption.whenCaughtUp();
    expect(happened).toEqual(['assigned', 'assigned', 'message']);
  });

  it('starts the partitions that onAssigned paused only when they are resumed', async () => {
    const bus = await port();
    const name = await topic(2);
    const { handle, texts } = recorder();
    await bus.publish([...messages(name, ['held'], { partition: 0 }), ...messages(name, ['free'], { partition: 1 })]);
    const consumption = await consume({
      group: freshGroup(),
      topics: [name],
      handle,
      onAssigned: (_partitions, through) => Promise.resolve(through.pause({ topic: name, partition: 0 })),
    });
    await until(() => texts().includes('free'));
    expect(texts()).toEqual(['free']);
    consumption.resume({ topic: name, partition: 0 });
    await consumption.whenCaughtUp();
    expect(texts()).toEqual(['free', 'held']);
  });

  it('calls onRevoked after the last batch when it stops, while commits still succeed', async () => {
    const bus = await port();
    const [name, beside] = [await topic(2), await topic(2)];
    const group = freshGroup();
    const [position] = await bus.publish(messages(name, ['done'], { partition: 1 }));
    const happened: string[] = [];
    const consumption = await consume({
      group,
      topics: [name],
      commit: 'manual',
      handle: (batch) => Promise.resolve(void happened.push(...batch.messages.map(textOf))),
      onRevoked: async (partitions, through) => {
        expect(through).toBe(consumption);
        await through.commit([
          { topic: name, partition: 1, offset: (position?.offset ?? 0) + 1 },
          { topic: beside, partition: 1, offset: 5 },
        ]);
        happened.push(`revoked ${partitions.map(({ partition }) => partition).sort().join(' ')}`);
      },
    });
    await consumption.whenCaughtUp();
    await consumption.stop();
    expect(happened).toEqual(['done', 'revoked 0 1']);
    expect((await bus.committed(group, name)).get(1)).toBe((position?.offset ?? 0) + 1);
    expect((await bus.committed(group, beside)).get(1)).toBe(5);
  });

  it('revokes from the old owner before it assigns to the new one', async () => {
    const name = await topic(2);
    const group = freshGroup();
    const owner = new Map<number, string>();
    let isDoublyOwned = false;
    const member = (id: string) =>
      consume({
        group,
        topics: [name],
        handle: () => Promise.resolve(),
        onAssigned: (partitions) => {
          for (const { partition } of partitions) {
            isDoublyOwned ||= owner.has(partition);
            owner.set(partition, id);
          }
          return Promise.resolve();
        },
        onRevoked: (partitions) => {
          for (const { partition } of partitions) owner.delete(partition);
          return Promise.resolve();
        },
      });
    const a = await member('a');
    await until(() => owner.size === 2);
    const b = await member('b');
    await until(() => new Set(owner.values()).size === 2);
    await a.stop();
    await until(() => [...owner.values()].join() === 'b,b');
    await b.stop();
    expect(owner.size).toBe(0);
    expect(isDoublyOwned).toBe(false);
  });
}
