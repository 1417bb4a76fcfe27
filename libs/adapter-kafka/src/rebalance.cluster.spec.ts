import type { Batch, Consumption } from '@hookyard/ports';
import { freshName, until } from '@hookyard/ports/testing';
import { contentsOf, openTestBus, textsOf } from './cluster-harness.ts';
import type { KafkaBus } from './kafka-bus.ts';

/**
 * Real: the brokers, members on connections of their own that come, stop and are cut off, messages that are published meanwhile.
 * Asserted: every message comes out exactly once, in order, nobody works on a partition of another, and what stays goes on meanwhile.
 */

const partitions = 6;
const seconds = 12;

type Member = { readonly bus: KafkaBus; readonly consumption: Consumption };

function scene() {
  const [group, topic, output] = [freshName('group'), freshName('topic'), freshName('output')];
  const inHand = new Map<number, Consumption>();
  const handled: { readonly partition: number; readonly atMs: number }[] = [];
  const overlaps: number[] = [];
  const members: Member[] = [];

  async function handle({ partition, messages, consumption }: Batch) {
    // One that was cut off may still be at it: its work comes to nothing, and nobody waits for it.
    const other = inHand.get(partition);
    if (other !== undefined && other !== consumption && other.owns({ topic, partition })) overlaps.push(partition);
    inHand.set(partition, consumption);
    await new Promise((resolve) => setTimeout(resolve, 3));
    if (inHand.get(partition) === consumption) inHand.delete(partition);
    handled.push({ partition, atMs: performance.now() });
    return messages.map(({ key, value }) => ({ topic: output, key, partition, value }));
  }

  return {
    topic,
    output,
    group,
    handled,
    overlaps,
    members,
    async join() {
      const bus = await openTestBus();
      members.push({ bus, consumption: await bus.consume({ group, topics: [topic], maxBatch: 20, handle }) });
    },
  };
}

/** Publishes numbered texts to all partitions until told to end. */
function load(bus: KafkaBus, topic: string) {
  const published: string[] = [];
  let isOver = false;
  const running = (async () => {
    for (let at = 0; !isOver; at += 1) {
      const texts = Array.from({ length: partitions }, (_, partition) => `${partition} ${String(at).padStart(6, '0')}`);
      await bus.publish(texts.map((text, partition) => ({ topic, key: text, partition, value: Buffer.from(text) })));
      published.push(...texts);
    }
  })();
  return {
    published,
    async end() {
      isOver = true;
      await running;
    },
  };
}

async function churn(crashes: boolean): Promise<void> {
  const { topic, output, group, members, overlaps, join } = scene();
  const bus = await openTestBus();
  try {
    await bus.declare([{ name: topic, partitions }, { name: output, partitions }]);
    await join();
    const publishing = load(bus, topic);
    const over = performance.now() + seconds * 1_000;
    for (let step = 0; performance.now() < over; step += 1) {
      const isToJoin = members.length < 2 || (members.length < 5 && step % 3 !== 2);
      const [gone] = isToJoin ? [] : members.splice(step % members.length, 1);
      if (isToJoin) await join();
      if (crashes && step % 2 === 0) gone?.bus.abandon();
      else await gone?.bus.close();
      const seen = publishing.published.length;
      await until(() => publishing.published.length > seen + 30 * partitions);
    }
    await publishing.end();
    await until(async () => (await bus.lag(group, topic)).every(({ messages }) => messages === 0), { withinMs: 30_000 });
    for (let partition = 0; partition < partitions; partition += 1) {
      const found = textsOf((await contentsOf(bus, output)).filter((message) => message.partition === partition));
      expect(found).toEqual(publishing.published.filter((text) => text.startsWith(`${partition} `)));
    }
    expect(overlaps).toEqual([]);
    expect(publishing.published.length).toBeGreaterThan(1_000);
  } finally {
    await Promise.all([...members.map((each) => each.bus.close()), bus.close()]);
  }
}

describe('a group whose members come and go', () => {
  it('loses nothing and repeats nothing while they stop', () => churn(false), 90_000);

  it('loses nothing and repeats nothing while they are cut off', () => churn(true), 120_000);

  it('goes on with what stays while the rest is handed over', async () => {
    const { topic, output, handled, members, join } = scene();
    const bus = await openTestBus();
    try {
      await bus.declare([{ name: topic, partitions }, { name: output, partitions }]);
      await join();
      await until(() => members[0]?.consumption.assigned().length === partitions);
      const publishing = load(bus, topic);
      await until(() => handled.length > 50);
      const from = performance.now();
      await join();
      await until(() => members.every(({ consumption }) => consumption.assigned().length === partitions / 2));
      await publishing.end();
      const stayed = members[0]?.consumption.assigned().map(({ partition }) => partition) ?? [];
      for (const partition of stayed) {
        const times = handled.filter((each) => each.partition === partition && each.atMs >= from).map(({ atMs }) => atMs);
        const longest = Math.max(...times.map((atMs, at) => atMs - (times[at - 1] ?? from)));
        // A rebalance takes at least a heartbeat (200 ms here) to be noticed: whoever waited for it would show.
        expect(longest).toBeLessThan(200);
      }
    } finally {
      await Promise.all([...members.map((each) => each.bus.close()), bus.close()]);
    }
  }, 60_000);
});
