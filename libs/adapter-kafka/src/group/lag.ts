import type { Lag } from '@hookyard/ports';
import type { Channel } from '../connection/channel.ts';
import type { KafkaContext } from '../context.ts';
import { reader } from '../fetch/read.ts';
import { positionsOf } from './group-offsets.ts';

/** How far groups have come, asked of the servers without belonging to them. */
export interface GroupProgress {
  /** The port's `committed`. */
  committed(group: string, topic: string): Promise<ReadonlyMap<number, number>>;
  /** The port's `lag`. */
  lag(group: string, topic: string): Promise<readonly Lag[]>;
}

export function groupProgress(context: KafkaContext): GroupProgress {
  const { wire, topics, offsets } = context;
  const channel: Channel = wire.open();
  const read = reader(context);

  async function committed(group: string, topic: string): Promise<ReadonlyMap<number, number>> {
    const count = await topics.partitions(topic);
    const found = await positionsOf(wire, channel, wire.nameOf(group))([topic], false);
    const positions = Array.from({ length: count }, (_, partition) => [partition, found?.get({ topic, partition })?.offset] as const);
    return new Map(positions.flatMap(([partition, offset]) => (offset === undefined ? [] : [[partition, offset] as const])));
  }

  /** Offsets between the two, or 0 when none of them holds anything for readers: a transaction ends in a marker that nobody commits. */
  async function behind(topic: string, partition: number, { from, high }: { readonly from: number; readonly high: number }): Promise<number> {
    if (from >= high) return 0;
    const [first] = await read({ topic, partition, offset: from }, 1);
    return first === undefined ? 0 : high - first.offset;
  }

  return {
    committed,
    async lag(group, topic) {
      const positions = await committed(group, topic);
      const [low, high] = await Promise.all([offsets.find(topic, 'oldest'), offsets.find(topic, 'next')]);
      const lags = [...high].sort(([a], [b]) => a - b).map(async ([partition, next]) => {
        const from = Math.max(positions.get(partition) ?? 0, low.get(partition) ?? 0);
        return { topic, partition, messages: await behind(topic, partition, { from, high: next }) };
      });
      return Promise.all(lags);
    },
  };
}
