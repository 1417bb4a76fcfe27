import { expect, it } from '@jest/globals';
import { gate, type Open } from './contract-harness.ts';
import { busHarness, contents, freshGroup, messages, numbered, recorder, textOf } from './message-bus-harness.ts';
import type { Batch, Message, MessageBus, OutgoingMessage } from './message-bus.ts';
import { until } from './until.ts';

/** One member of a group, commit mode `batch`: positions, outputs, order, redelivery. */
export function messageBusGroupContract(open: Open<MessageBus>): void {
  const { port, topic, consume } = busHarness(open);

  it('starts a new group at the oldest message and goes on with what comes', async () => {
    const bus = await port();
    const [left, right] = [await topic(2), await topic(1)];
    await bus.publish([...messages(left, ['before'], { partition: 1 }), ...messages(right, ['before'])]);
    const { handle, messages: seen } = recorder();
    const consumption = await consume({ group: freshGroup(), topics: [left, right], handle });
    await consumption.whenCaughtUp();
    await bus.publish(messages(left, ['after'], { partition: 0 }));
    await consumption.whenCaughtUp();
    const places = seen().map((message) => [message.topic, message.partition, textOf(message)]);
    expect(places).toHaveLength(3);
    expect(places).toEqual(expect.arrayContaining([[left, 1, 'before'], [right, 0, 'before'], [left, 0, 'after']]));
  });

  it('hands over batches of one partition, in order, bounded, with every field', async () => {
    const bus = await port();
    const name = await topic(2);
    const positions = await bus.publish([
      ...messages(name, numbered('p0', 25), { partition: 0 }).map((message) => ({ ...message, headers: { of: 'p0' } })),
      ...messages(name, numbered('p1', 25), { partition: 1 }),
    ]);
    const { handle, batches, messages: seen } = recorder();
    const consumption = await consume({ group: freshGroup(), topics: [name], maxBatch: 10, handle });
    await consumption.whenCaughtUp();

    for (const batch of batches) {
      expect(batch.topic).toBe(name);
      expect(batch.messages.length).toBeGreaterThan(0);
      expect(batch.messages.length).toBeLessThanOrEqual(10);
      expect(batch.messages.every((message) => message.topic === name && message.partition === batch.partition)).toBe(true);
      expect(batch.consumption).toBe(consumption);
    }
    const inPartition = (partition: number) => seen().filter((message) => message.partition === partition);
    expect(inPartition(0).map(textOf)).toEqual(numbered('p0', 25));
    expect(inPartition(1).map(textOf)).toEqual(numbered('p1', 25));
    expect(inPartition(0).map((message) => message.offset)).toEqual(positions.slice(0, 25).map((position) => position.offset));
    expect(inPartition(0)[0]).toMatchObject({ key: 'p0-1', headers: { of: 'p0' } });
    expect(inPartition(0)[0]?.publishedAt).toBeGreaterThan(0);
  });

  it('commits the position after each batch, and goes on there', async () => {
    const bus = await port();
    const name = await topic(2);
    const group = freshGroup();
    expect(await bus.committed(group, name)).toEqual(new Map());
    const [position] = await bus.publish(messages(name, ['once'], { partition: 1 }));
    const first = await consume({ group, topics: [name], handle: recorder().handle });
    await first.whenCaughtUp();
    expect((await bus.committed(group, name)).get(1)).toBe((position?.offset ?? 0) + 1);
    await first.stop();

    await bus.publish(messages(name, ['next'], { partition: 1 }));
    const { handle, texts } = recorder();
    const second = await consume({ group, topics: [name], handle });
    await second.whenCaughtUp();
    expect(texts()).toEqual(['next']);
  });

  it('gives every group all messages', async () => {
    const bus = await port();
    const name = await topic(3);
    const recorders = [recorder(), recorder()];
    const consumptions = await Promise.all(recorders.map(({ handle }) => consume({ group: freshGroup(), topics: [name], handle })));
    await bus.publish(messages(name, numbered('g', 30)));
    await Promise.all(consumptions.map((each) => each.whenCaughtUp()));
    for (const { texts } of recorders) expect(texts().sort()).toEqual(numbered('g', 30).sort());
  });

  it('counts what a group has not yet behind it', async () => {
    const bus = await port();
    const name = await topic(2);
    const group = freshGroup();
    await bus.publish(messages(name, numbered('l', 7), { partition: 0 }));
    expect([...(await bus.lag(group, name))].sort((a, b) => a.partition - b.partition)).toEqual([
      { topic: name, partition: 0, messages: 7 },
      { topic: name, partition: 1, messages: 0 },
    ]);
    const consumption = await consume({ group, topics: [name], handle: recorder().handle });
    await consumption.whenCaughtUp();
    expect((await bus.lag(group, name)).map((each) => each.messages)).toEqual([0, 0]);
  });

  it('publishes what the handler returns, over topics and partitions', async () => {
    const bus = await port();
    const [input, left, right] = [await topic(1), await topic(2), await topic(1)];
    await bus.publish(messages(input, numbered('in', 3)));
    const derive = (message: Message): OutgoingMessage[] => [
      { topic: left, key: message.key, partition: 1, value: message.value, headers: { from: message.key } },
      { topic: right, key: message.key, value: null },
    ];
    const handle = (batch: Batch) => Promise.resolve(batch.messages.flatMap(derive));
    const consumption = await consume({ group: freshGroup(), topics: [input], handle });
    await consumption.whenCaughtUp();
    expect((await contents(bus, left, 1)).map((message) => [textOf(message), message.headers['from']])).toEqual(
      numbered('in', 3).map((text) => [text, text]),
    );
    expect((await contents(bus, right, 0)).map((message) => message.key)).toEqual(numbered('in', 3));
  });

  it('keeps neither position nor outputs of a batch that was refused, and delivers it again', async () => {
    const bus = await port();
    const [input, output] = [await topic(1), await topic(1)];
    const group = freshGroup();
    await bus.publish(messages(input, ['a', 'b']));
    const calls: string[][] = [];
    let committedMeanwhile: ReadonlyMap<number, number> | undefined;
    const consumption = await consume({
      group,
      topics: [input],
      handle: async (batch) => {
        calls.push(batch.messages.map(textOf));
        if (calls.length === 1) throw new Error('the first time fails');
        committedMeanwhile ??= await bus.committed(group, input);
        return messages(output, batch.messages.map(textOf));
      },
    });
    await bus.publish(messages(input, ['c']));
    await consumption.whenCaughtUp();
    expect(calls[1]?.slice(0, calls[0]?.length)).toEqual(calls[0]);
    expect(committedMeanwhile).toEqual(new Map());
    expect((await contents(bus, output, 0)).map(textOf)).toEqual(['a', 'b', 'c']);
  });

  it('keeps neither when the outputs cannot be published, until they can', async () => {
    const bus = await port();
    const [input, output] = [await topic(1), await topic(1)];
    const group = freshGroup();
    const missing = `missing-${group}`;
    await bus.publish(messages(input, ['only']));
    let calls = 0;
    const failures: unknown[] = [];
    const consumption = await consume({
      group,
      topics: [input],
      onCommitFailed: (error, { topic: from, partition, messages: handled }) => void failures.push([error, from, partition, handled.map(textOf)]),
      handle: async () => {
        calls += 1;
        if (calls === 1) return [...messages(output, ['half']), ...messages(missing, ['half'])];
        expect(await bus.committed(group, input)).toEqual(new Map());
        return messages(output, ['whole']);
      },
    });
    await consumption.whenCaughtUp();
    expect(calls).toBe(2);
    expect(failures).toEqual([[expect.objectContaining({ code: 'unknown_topic' }), input, 0, ['only']]]);
    expect((await contents(bus, output, 0)).map(textOf)).toEqual(['whole']);
  });

  it('calls the handler once at a time for a partition, and for partitions side by side', async () => {
    const bus = await port();
    const name = await topic(2);
    const { opened, open: release } = gate();
    const inHand = [0, 0];
    let overlapped = false;
    const { handle: record, texts } = recorder();
    const handle = async (batch: Batch) => {
      inHand[batch.partition] = (inHand[batch.partition] ?? 0) + 1;
      overlapped ||= (inHand[batch.partition] ?? 0) > 1;
      if (batch.partition === 0) await opened;
      await record(batch);
      inHand[batch.partition] = (inHand[batch.partition] ?? 0) - 1;
    };
    const consumption = await consume({ group: freshGroup(), topics: [name], maxBatch: 2, handle });
    await bus.publish(messages(name, numbered('stuck', 6), { partition: 0 }));
    await bus.publish(messages(name, numbered('free', 6), { partition: 1 }));
    await until(() => texts().length === 6);
    expect(texts()).toEqual(numbered('free', 6));
    release();
    await consumption.whenCaughtUp();
    expect(texts().slice(6)).toEqual(numbered('stuck', 6));
    expect(overlapped).toBe(false);
  });

  it('lets one partition fail again and again while the others go on', async () => {
    const bus = await port();
    const name = await topic(2);
    let failures = 0;
    const { handle: record, texts } = recorder();
    const handle = async (batch: Batch) => {
      if (batch.partition === 0 && failures < 3) {
        failures += 1;
        throw new Error('not yet');
      }
      await record(batch);
    };
    await bus.publish([...messages(name, ['late-1', 'late-2'], { partition: 0 }), ...messages(name, ['soon'], { partition: 1 })]);
    const consumption = await consume({ group: freshGroup(), topics: [name], handle });
    await consumption.whenCaughtUp();
    expect(failures).toBe(3);
    expect(texts().filter((text) => text !== 'soon')).toEqual(['late-1', 'late-2']);
    expect(texts()).toContain('soon');
  });
}
