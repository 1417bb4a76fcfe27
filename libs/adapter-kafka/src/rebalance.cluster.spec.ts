import type { Batch, Consumption } from '@hookyard/ports';
import { freshName, gate, until } from '@hookyard/ports/testing';
import { contentsOf, openTestBus, textsOf } from './cluster-harness.ts';
import type { KafkaBus } from './kafka-bus.ts';
import type { KafkaBusOptions } from './options.ts';

/**
 * Real: the brokers, members on connections of their own that come, stop and are cut off, messages that are published meanwhile.
 * Asserted: every message comes out exactly once, in order, nobody works on a partition of another, and what stays goes on meanwhile.
 */

const partitions = 6;
const seconds = 12;

type Member = { readonly bus: KafkaBus; readonly consumption: Consumption };

/** `hold` is awaited before each batch of a partition is done. */
function scene(hold: (partition: number) => Promise<void> = () => Promise.resolve()) {
  const [group, topic, output] = [freshName('group'), freshName('topic'), freshName('output')];
  const inHand = new Map<number, Consumption>();
  const handled: number[] = Array.from({ length: partitions }, () => 0);
  const overlaps: number[] = [];
  const members: Member[] = [];

  async function handle({ partition, messages, consumption }: Batch) {
    // One that was cut off may still be at it: its work comes to nothing, and nobody waits for it.
    const other = inHand.get(partition);
    if (other !== undefined && other !== consumption && other.owns({ topic, partition })) overlaps.push(partition);
    inHand.set(partition, consumption);
    await hold(partition);
    if (inHand.get(partition) === consumption) inHand.delete(partition);
    handled[partition] = (handled[partition] ?? 0) + 1;
    return messages.map(({ key, value }) => ({ topic: output, key, partition, value }));
  }

  return {
    topic,
    output,
    group,
    handled,
    overlaps,
    members,
    async join(options: Partial<KafkaBusOptions> = {}) {
      const bus = await openTestBus(options);
      members.push({ bus, consumption: await bus.consume({ group, topics: [topic], maxBatch: 100, handle }) });
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
    // What was published twice, because an acknowledgement was late, comes out twice.
    const [before, after] = [textsOf(await contentsOf(bus, topic)), textsOf(await contentsOf(bus, output))];
    expect(after).toEqual(before);
    const there = new Set(before);
    expect(publishing.published.filter((text) => !there.has(text))).toEqual([]);
    expect(overlaps).toEqual([]);
    expect(publishing.published.length).toBeGreaterThan(1_000);
  } finally {
    await Promise.all([...members.map((each) => each.bus.close()), bus.close()]);
  }
}

describe('a group whose members come and go', () => {
  it('loses nothing and repeats nothing while they stop', () => churn(false), 90_000);

  it('loses nothing and repeats nothing while they are cut off', () => churn(true), 120_000);

  it('goes on with what stays while the rest is handed over, however long that takes', async () => {
    const last = partitions - 1;
    const patient = { sessionTimeoutMs: 10_000 };
    const { opened, open: release } = gate();
    const { topic, output, handled, members, join } = scene((partition) => (partition === last ? opened : Promise.resolve()));
    const bus = await openTestBus();
    try {
      await bus.declare([{ name: topic, partitions }, { name: output, partitions }]);
      await join(patient);
      const publishing = load(bus, topic);
      await until(() => handled.every((count, partition) => count > 0 || partition === last));
      await join(patient);
      // The new member has joined, and waits for partitions whose owner has a batch in hand.
      await until(() => (members[1]?.bus.state().counters['rebalances'] ?? 0) > 0);
      const staying = [0, 1, 2];
      const before = staying.map((partition) => handled[partition] ?? 0);
      await until(() => staying.every((partition, at) => (handled[partition] ?? 0) > (before[at] ?? 0) + 20));
      expect(members.map(({ consumption }) => consumption.assigned().length)).toEqual([partitions, 0]);
      release();
      await until(() => members.every(({ consumption }) => consumption.assigned().length === partitions / 2));
      expect(members[0]?.consumption.assigned().map(({ partition }) => partition)).toEqual(staying);
      await publishing.end();
    } finally {
      await Promise.all([...members.map((each) => each.bus.close()), bus.close()]);
    }
  }, 60_000);
});
