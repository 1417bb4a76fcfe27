import type { PlacedMessage } from '@hookyard/consumer-groups';
import { Fault, partitionOf } from '@hookyard/event-schemas';
import type { MessagePosition, OutgoingMessage, TopicPartition } from '@hookyard/ports';
import type { Topics } from '../topics/topics.ts';
import { notAssigned } from './coordinator.ts';
import type { Fence } from './fence.ts';
import type { GroupOffsets } from './group-offsets.ts';
import type { OwnedPartition } from './owned-partition.ts';
import { keyOf } from './places.ts';

/** The commits of one member: positions alone in one request, with outputs in a transaction. */
export interface MemberCommits {
  /** The port's `Consumption.commit`. */
  commit(positions: readonly MessagePosition[], outputs?: readonly OutgoingMessage[]): Promise<readonly MessagePosition[]>;
  /** Resolves when those in hand have ended. */
  settled(): Promise<unknown>;
}

export type MemberCommitsOptions = {
  readonly topics: Topics;
  readonly offsets: GroupOffsets;
  readonly group: string;
  readonly owned: () => readonly OwnedPartition[];
  readonly owns: (at: TopicPartition) => boolean;
  /** Whether some member of the group consumes the topic. */
  readonly isConsumed: (topic: string) => boolean;
  readonly isMember: () => boolean;
  readonly onCommit: (position: MessagePosition) => void;
};

export function memberCommits({ topics, offsets, group, owned, owns, isConsumed, isMember, onCommit }: MemberCommitsOptions): MemberCommits {
  const inHand = new Set<Promise<unknown>>();
  let turn = 0;

  function requireOwned(positions: readonly MessagePosition[]): void {
    if (!isMember()) throw notAssigned(group);
    for (const { topic, partition } of positions) {
      if (isConsumed(topic) && !owns({ topic, partition })) throw new Fault('not_assigned', { group, topic, partition });
    }
  }

  async function commit(positions: readonly MessagePosition[], outputs: readonly OutgoingMessage[]): Promise<readonly MessagePosition[]> {
    for (const { topic, partition } of positions) await topics.requirePartition(topic, partition);
    // Asked again before every step that the servers would take: the partitions may go while it is under way.
    const require = () => requireOwned(positions);
    require();
    const places = new Set(positions.map(keyOf));
    for (const each of owned()) if (places.has(keyOf(each.at))) each.onCommit();
    positions.forEach(onCommit);
    if (outputs.length > 0) return fenceFor(places).commit({ positions, outputs: await Promise.all(outputs.map(placed)), require });
    if (positions.length > 0) await offsets.commit(positions, require);
    return [];
  }

  /** That of one of the partitions. For places beside the work any will do: all of them fall together with the membership. */
  function fenceFor(places: ReadonlySet<string>): Fence {
    const candidates = owned();
    const through = candidates.find(({ at }) => places.has(keyOf(at))) ?? candidates[(turn += 1) % Math.max(candidates.length, 1)];
    if (through === undefined) throw notAssigned(group);
    return through.fence;
  }

  async function placed(message: OutgoingMessage): Promise<PlacedMessage> {
    const { topic, key, value, headers = {}, partition } = message;
    if (partition !== undefined) await topics.requirePartition(topic, partition);
    return { topic, key, value, headers, partition: partition ?? partitionOf(key, topics.knownPartitions(topic) ?? (await topics.partitions(topic))) };
  }

  return {
    async commit(positions, outputs = []) {
      const committing = commit(positions, outputs);
      inHand.add(committing);
      try {
        return await committing;
      } finally {
        inHand.delete(committing);
      }
    },
    settled: () => Promise.allSettled(inHand),
  };
}
