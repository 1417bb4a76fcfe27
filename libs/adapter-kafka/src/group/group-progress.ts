import { Fault } from '@hookyard/event-schemas';
import type { Lag, MessagePosition } from '@hookyard/ports';
import { codes, isKafkaError, requireOk } from '../connection/errors.ts';
import type { KafkaContext } from '../context.ts';
import { reader } from '../fetch/read.ts';
import { coordinator } from './coordinator.ts';
import { codesOf, positionsOf } from './group-offsets.ts';
import { byTopic } from './places.ts';

const hasMembers = [codes.unknownMember, codes.illegalGeneration, codes.rebalanceInProgress];

/** How far groups have come, asked of the servers without belonging to them. */
export interface GroupProgress {
  /** The port's `committed`. */
  committed(group: string, topic: string): Promise<ReadonlyMap<number, number>>;
  /** The port's `lag`. */
  lag(group: string, topic: string): Promise<readonly Lag[]>;
  /** The port's `seek`. */
  seek(group: string, positions: readonly MessagePosition[]): Promise<void>;
}

export function groupProgress(context: KafkaContext): GroupProgress {
  const { wire, topics, offsets } = context;
  const channel = wire.open();
  const read = reader(context);

  async function committed(group: string, topic: string): Promise<ReadonlyMap<number, number>> {
    const count = await topics.partitions(topic);
    const found = await positionsOf(wire, channel, wire.nameOf(group))([topic], false);
    const positions = Array.from({ length: count }, (_, partition) => [partition, found?.get({ topic, partition })?.offset] as const);
    return new Map(positions.flatMap(([partition, offset]) => (offset === undefined ? [] : [[partition, offset] as const])));
  }

  /** What belongs to no member is taken only while there is none. */
  async function commitAsNobody(group: string, positions: readonly MessagePosition[]): Promise<void> {
    const places = [...byTopic(positions)].map(([topic, found]) => ({ topic: wire.nameOf(topic), partitions: found.map(({ partition, offset }) => ({ partition, offset: String(offset) })) }));
    const asks = { groupId: group, memberId: '', groupGenerationId: -1, topics: places };
    const { responses } = await coordinator(wire, () => channel, group, 'group').ask('OffsetCommit', asks, (answer) => codesOf(answer.responses));
    for (const code of codesOf(responses)) requireOk(code, `the positions of ${group}`);
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
    async seek(group, positions) {
      for (const { topic, partition } of positions) await topics.requirePartition(topic, partition);
      if (positions.length === 0) return;
      try {
        await wire.persist(`set the positions of ${group}`, () => commitAsNobody(wire.nameOf(group), positions));
      } catch (error) {
        throw isKafkaError(error, ...hasMembers) ? new Fault('group_in_use', { group }, { cause: error }) : error;
      }
    },
  };
}
