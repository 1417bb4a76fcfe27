import { expect, it } from '@jest/globals';
import type { Open } from './contract-harness.ts';
import { busHarness, freshGroup } from './message-bus-harness.ts';
import type { Message, MessageBus, OutgoingMessage } from './message-bus.ts';

const mostBytes = 1_000;
// Pairs that fit exactly and triples that do not, values larger than all that is allowed, in a row too, and some of no size.
const sizes = [500, 500, 400, 400, 400, 5_000, 1_001, 1_000, 1, null, 0, 999, null, 3_000];

/** What is handed over at once is bounded in bytes, and nothing is lost, repeated or reordered by that. */
export function messageBusSizeContract(open: Open<MessageBus>): void {
  const { port, topic, consume, follow } = busHarness(open);

  async function sized(): Promise<string> {
    const name = await topic(1);
    await (await port()).publish(sizes.map((size, at) => message(name, String(at), size)));
    return name;
  }

  it('hands over batches within the bytes asked for, and what is larger alone', async () => {
    const name = await sized();
    const calls: (readonly Message[])[] = [];
    const consumption = await consume({
      group: freshGroup(),
      topics: [name],
      maxBatchBytes: mostBytes,
      handle: async ({ messages }) => {
        calls.push(messages);
        if (calls.length === 1) throw new Error('the first time fails');
      },
    });
    await consumption.whenCaughtUp();
    for (const messages of calls) expectWithin(messages, mostBytes);
    expectAll(calls.slice(1).flat());
  });

  it('calls a follower with no more than it asked for, and with what is larger alone', async () => {
    const name = await sized();
    const calls: (readonly Message[])[] = [];
    const follower = await follow({ topic: name, from: 'beginning', maxBatchBytes: mostBytes, handle: (messages) => void calls.push(messages) });
    await follower.caughtUp();
    for (const messages of calls) expectWithin(messages, mostBytes);
    expectAll(calls.flat());
  });

  it('answers a read within the bytes asked for, at least one message, and none only at the end', async () => {
    const bus = await port();
    const name = await sized();
    const found: Message[] = [];
    for (let offset = 0; ; ) {
      const page = await bus.read({ topic: name, partition: 0, offset }, 100, mostBytes);
      const last = page.at(-1);
      if (last === undefined) break;
      expectWithin(page, mostBytes);
      found.push(...page);
      offset = last.offset + 1;
    }
    expectAll(found);
  });

  it('hands over 8 MiB at most to who asks for nothing else', async () => {
    const bus = await port();
    const name = await topic(1);
    const mib = 1024 * 1024;
    for (let at = 0; at < 18; at += 1) await bus.publish([message(name, String(at), mib / 2)]);
    const batches: (readonly Message[])[] = [await bus.read({ topic: name, partition: 0, offset: 0 }, 100)];
    const follower = await follow({ topic: name, from: 'beginning', handle: (messages) => void batches.push(messages) });
    await follower.caughtUp();
    const consumption = await consume({ group: freshGroup(), topics: [name], handle: async ({ messages }) => void batches.push(messages) });
    await consumption.whenCaughtUp();
    for (const batch of batches) expectWithin(batch, 8 * mib);
    expect(batches.slice(1).flat()).toHaveLength(2 * 18);
  });
}

function message(topic: string, key: string, size: number | null): OutgoingMessage {
  return { topic, partition: 0, key, value: size === null ? null : Buffer.alloc(size) };
}

function expectWithin(messages: readonly Message[], bytes: number): void {
  const total = messages.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
  expect(messages.length).toBeGreaterThan(0);
  if (messages.length > 1) expect(total).toBeLessThanOrEqual(bytes);
}

function expectAll(messages: readonly Message[]): void {
  expect(messages.map(({ key, value }) => [Number(key), value?.length ?? null])).toEqual([...sizes.entries()]);
}
