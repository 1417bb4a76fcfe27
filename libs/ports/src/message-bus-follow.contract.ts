import { expect, it } from '@jest/globals';
import { gate, type Open } from './contract-harness.ts';
import { busHarness, meanwhile, messages, numbered, textOf } from './message-bus-harness.ts';
import type { Message, MessageBus } from './message-bus.ts';
import { until } from './until.ts';

/** Reading a topic without a group: from anywhere, by as many as like, without leaving a trace. */
export function messageBusFollowContract(open: Open<MessageBus>): void {
  const { port, topic, follow } = busHarness(open);

  function gatherer() {
    const seen: Message[] = [];
    return { seen, handle: (found: readonly Message[]) => void seen.push(...found), texts: () => seen.map(textOf) };
  }

  it('gives everything there is from the beginning, then what comes', async () => {
    const bus = await port();
    const name = await topic(3);
    const past = await bus.publish(messages(name, numbered('past', 12)));
    const { handle, seen, texts } = gatherer();
    const follower = await follow({ topic: name, from: 'beginning', handle });
    await follower.caughtUp();
    expect(texts().sort()).toEqual(numbered('past', 12).sort());
    expect(seen.map(({ partition, offset }) => `${partition}:${offset}`).sort()).toEqual(
      past.map(({ partition, offset }) => `${partition}:${offset}`).sort(),
    );
    const [position] = await bus.publish([{ topic: name, key: 'k', value: null, headers: { live: 'yes' } }]);
    await follower.whenReached(position?.partition ?? 0, position?.offset ?? 0);
    expect(seen.at(-1)).toMatchObject({ ...position, key: 'k', value: null, headers: { live: 'yes' } });
  });

  it('gives only what comes from now on', async () => {
    const bus = await port();
    const name = await topic(2);
    await bus.publish(messages(name, numbered('past', 6)));
    const { handle, texts } = gatherer();
    const follower = await follow({ topic: name, from: 'end', handle });
    await follower.caughtUp();
    const positions = await bus.publish(messages(name, ['new'], { partition: 1 }));
    await follower.whenReached(1, positions[0]?.offset ?? 0);
    expect(texts()).toEqual(['new']);
  });

  it('begins at the offset given for a partition, and elsewhere at the beginning', async () => {
    const bus = await port();
    const name = await topic(2);
    const positions = await bus.publish([...messages(name, numbered('zero', 4), { partition: 0 }), ...messages(name, numbered('one', 2), { partition: 1 })]);
    const { handle, texts } = gatherer();
    const follower = await follow({ topic: name, from: new Map([[0, positions[2]?.offset ?? 0]]), handle });
    await follower.caughtUp();
    expect(texts().sort()).toEqual(['one-1', 'one-2', 'zero-3', 'zero-4']);
  });

  it('follows only the partitions asked for', async () => {
    const bus = await port();
    const name = await topic(3);
    await bus.publish([0, 1, 2].flatMap((partition) => messages(name, [`p${partition}`], { partition })));
    const { handle, texts } = gatherer();
    const follower = await follow({ topic: name, partitions: [0, 2], from: 'beginning', handle });
    await follower.caughtUp();
    const [, last] = await bus.publish([...messages(name, ['other'], { partition: 1 }), ...messages(name, ['mine'], { partition: 2 })]);
    await follower.whenReached(2, last?.offset ?? 0);
    expect(texts().sort()).toEqual(['mine', 'p0', 'p2']);
  });

  it('gives every follower every message', async () => {
    const bus = await port();
    const name = await topic(2);
    const gatherers = [gatherer(), gatherer(), gatherer()];
    const followers = await Promise.all(gatherers.map(({ handle }) => follow({ topic: name, from: 'beginning', handle })));
    const positions = await bus.publish(messages(name, numbered('all', 10)));
    await Promise.all(followers.flatMap((follower) => positions.map(({ partition, offset }) => follower.whenReached(partition, offset))));
    for (const { texts } of gatherers) expect(texts().sort()).toEqual(numbered('all', 10).sort());
  });

  it('calls the handler once at a time over all partitions, in order within each', async () => {
    const bus = await port();
    const name = await topic(3);
    let inHand = 0;
    let overlapped = false;
    const { handle: gather, seen } = gatherer();
    const follower = await follow({
      topic: name,
      from: 'beginning',
      handle: async (found) => {
        inHand += 1;
        overlapped ||= inHand > 1;
        await bus.partitions(name);
        gather(found);
        inHand -= 1;
      },
    });
    const all: { readonly partition: number; readonly offset: number }[] = [];
    for (let round = 0; round < 5; round += 1) all.push(...(await bus.publish(messages(name, numbered(`r${round}`, 10)))));
    await Promise.all(all.map(({ partition, offset }) => follower.whenReached(partition, offset)));
    expect(overlapped).toBe(false);
    for (const partition of [0, 1, 2]) {
      const offsets = seen.filter((message) => message.partition === partition).map((message) => message.offset);
      expect(offsets).toEqual(all.filter((position) => position.partition === partition).map((position) => position.offset));
    }
  });

  it('reaches a place only when its message was handled', async () => {
    const bus = await port();
    const name = await topic(1);
    const { opened, open: release } = gate();
    const { handle: gather, texts } = gatherer();
    const follower = await follow({
      topic: name,
      from: 'end',
      handle: async (found) => {
        await opened;
        gather(found);
      },
    });
    const [position] = await bus.publish(messages(name, ['held']));
    let isReached = false;
    const reached = follower.whenReached(0, position?.offset ?? 0).then(() => (isReached = true));
    await meanwhile(bus, name);
    expect(isReached).toBe(false);
    release();
    await reached;
    expect(texts()).toEqual(['held']);
    await follower.whenReached(0, position?.offset ?? 0);
  });

  it('ends when the handler fails, and says why', async () => {
    const bus = await port();
    const name = await topic(1);
    const broken = new Error('the handler is broken');
    let calls = 0;
    const follower = await follow({
      topic: name,
      from: 'beginning',
      handle: () => {
        calls += 1;
        throw broken;
      },
    });
    const [position] = await bus.publish(messages(name, ['first']));
    const reached = follower.whenReached(0, position?.offset ?? 0);
    await expect(follower.failed).rejects.toBe(broken);
    await expect(reached).rejects.toBe(broken);
    await expect(follower.whenReached(0, (position?.offset ?? 0) + 1)).rejects.toBe(broken);
    await bus.publish(messages(name, ['second']));
    await follower.stop();
    expect(calls).toBe(1);
  });

  it('waits for the call in hand when it stops, and makes no other', async () => {
    const bus = await port();
    const name = await topic(1);
    const { opened, open: release } = gate();
    let [begun, ended] = [0, 0];
    const follower = await follow({
      topic: name,
      from: 'beginning',
      handle: async () => {
        begun += 1;
        await opened;
        ended += 1;
      },
    });
    await bus.publish(messages(name, ['first']));
    await until(() => begun === 1);
    await bus.publish(messages(name, ['second']));
    let hasStopped = false;
    const stopped = follower.stop().then(() => (hasStopped = true));
    await meanwhile(bus, name);
    expect(hasStopped).toBe(false);
    release();
    await stopped;
    expect([begun, ended]).toEqual([1, 1]);
    await follower.stop();
  });
}
