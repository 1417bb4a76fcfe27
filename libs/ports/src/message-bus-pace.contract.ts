import { expect, it } from '@jest/globals';
import { expectFault, gate, type Open } from './contract-harness.ts';
import { busHarness, contents, freshGroup, meanwhile, messages, numbered, recorder, textOf } from './message-bus-harness.ts';
import type { MessageBus } from './message-bus.ts';
import { until } from './until.ts';

/** Holding a consumption back, waiting for it, and ending it. */
export function messageBusPaceContract(open: Open<MessageBus>): void {
  const { port, topic, consume } = busHarness(open);

  it('hands out no further batch of a paused partition until it is resumed', async () => {
    const bus = await port();
    const name = await topic(2);
    const { handle, texts } = recorder();
    const consumption = await consume({ group: freshGroup(), topics: [name], handle });
    await until(() => consumption.assigned().length === 2);
    consumption.pause({ topic: name, partition: 0 });
    await bus.publish(messages(name, ['held'], { partition: 0 }));
    for (const text of numbered('flows', 5)) await bus.publish(messages(name, [text], { partition: 1 }));
    await until(() => texts().length >= 5);
    expect(texts()).toEqual(numbered('flows', 5));
    consumption.resume({ topic: name, partition: 0 });
    await consumption.whenCaughtUp();
    expect(texts()).toEqual([...numbered('flows', 5), 'held']);
  });

  it('has caught up only when what was published before the call is handled and committed', async () => {
    const bus = await port();
    const name = await topic(1);
    const group = freshGroup();
    const { opened, open: release } = gate();
    const consumption = await consume({ group, topics: [name], handle: () => opened });
    await bus.publish(messages(name, ['held']));
    let isCaughtUp = false;
    const caughtUp = consumption.whenCaughtUp().then(() => (isCaughtUp = true));
    await bus.publish(messages(name, ['later']));
    await meanwhile(bus, name);
    expect(isCaughtUp).toBe(false);
    release();
    await caughtUp;
    expect((await bus.committed(group, name)).get(0)).toBeGreaterThan(0);
  });

  it('waits for the batch in hand and its commit when it stops, and then takes no more', async () => {
    const bus = await port();
    const [name, output] = [await topic(1), await topic(1)];
    const group = freshGroup();
    const { opened, open: release } = gate();
    let calls = 0;
    const consumption = await consume({
      group,
      topics: [name],
      maxBatch: 1,
      handle: async (batch) => {
        calls += 1;
        await opened;
        return messages(output, batch.messages.map(textOf));
      },
    });
    await bus.publish(messages(name, ['in hand', 'waiting']));
    await until(() => calls === 1);
    let hasStopped = false;
    const stopped = consumption.stop().then(() => (hasStopped = true));
    await meanwhile(bus, name);
    expect(hasStopped).toBe(false);
    release();
    await stopped;
    expect(calls).toBe(1);
    expect(consumption.assigned()).toEqual([]);
    expect((await contents(bus, output, 0)).map(textOf)).toEqual(['in hand']);
    expect((await bus.lag(group, name)).map((each) => each.messages)).toEqual([1]);
    await expectFault(consumption.whenCaughtUp(), 'closed');
    await consumption.stop();
  });
}
