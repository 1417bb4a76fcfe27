import { backoffMs } from '@hookyard/consumer-groups';
import type { MessagePosition, TopicPartition } from '@hookyard/ports';
import type { Channel } from '../connection/channel.ts';
import { codes, isKafkaError, isPassing, KafkaError, requireOk, unavailable } from '../connection/errors.ts';
import type { ByTopic, ProducerIdentity } from '../connection/protocol.ts';
import type { Wire } from '../connection/wire.ts';
import { coordinator, notAssigned } from './coordinator.ts';
import { offsetFetch, transactionOffsets, type CommittedOffset } from './exchanges.ts';
import type { Identity, Membership } from './membership.ts';
import { byTopic, keyOf } from './places.ts';

export type CommittedPosition = { readonly offset: number; readonly mark: string };

/** Positions by partition. */
export type Positions = { get(at: TopicPartition): CommittedPosition | undefined; readonly topics: readonly string[] };

/** The positions of a group, as one of its members reads and moves them. */
export interface GroupOffsets {
  /** As they are once no transaction is about to change them: waits for those that are. */
  stable(topics: readonly string[]): Promise<Positions>;
  /** All or none, if the member belongs to the group; in topics of any kind. */
  commit(positions: readonly MessagePosition[], require: () => void): Promise<void>;
  /** Makes them part of a transaction, under the same condition. */
  addToTransaction(work: TransactionWork): Promise<void>;
}

export type TransactionWork = {
  readonly identity: ProducerIdentity;
  readonly positions: readonly MessagePosition[];
  readonly mark: string;
  /** Throws when the member no longer owns what it is about. */
  readonly require: () => void;
};

export type GroupOffsetsOptions = {
  readonly wire: Wire;
  readonly channel: Channel;
  readonly group: string;
  readonly membership: () => Pick<Membership, 'identity' | 'whenOther' | 'refused'>;
  readonly withinMs: number;
};

// How long the next generation may take to be told after an old one was refused, before it is tried again.
const generationMs = 1_000;
const longestRestMs = 1_000;

export function groupOffsets({ wire, channel, group, membership, withinMs }: GroupOffsetsOptions): GroupOffsets {
  const coordinating = coordinator(wire, () => channel, group, 'group');
  const reading = positionsOf(wire, channel, group);

  /**
   * The work as the member that this process is now. A refused generation may be one that has just ended, while the partitions stayed: then
   * the same is asked in the next, as long as `require` allows it.
   */
  async function asMember(require: () => void, work: (identity: Identity) => Promise<readonly number[]>): Promise<void> {
    const deadline = performance.now() + withinMs;
    for (let failures = 1; ; failures += 1) {
      require();
      const identity = membership().identity();
      if (identity === undefined) throw notAssigned(group);
      const error = await failureOf(() => work(identity));
      if (error === undefined) return;
      if (isKafkaError(error, codes.unknownMember)) membership().refused(identity);
      else if (isKafkaError(error, codes.illegalGeneration, codes.rebalanceInProgress)) await membership().whenOther(identity, generationMs);
      else if (isPassing(error)) await wire.pause(Math.min(backoffMs(failures), longestRestMs));
      else throw error;
      if (performance.now() > deadline) throw unavailable('commit positions', error);
    }
  }

  async function failureOf(ask: () => Promise<readonly number[]>): Promise<Error | undefined> {
    try {
      const code = (await ask()).find((each) => each !== codes.none);
      return code === undefined ? undefined : new KafkaError(code, `the positions of ${group}`);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  return {
    async stable(topics) {
      for (let failures = 1; ; failures += 1) {
        const positions = await reading(topics, true);
        if (positions !== undefined) return positions;
        await wire.pause(Math.min(backoffMs(failures), 200));
      }
    },
    async commit(positions, require) {
      const topics = [...byTopic(positions)].map(([topic, places]) => ({
        topic: wire.nameOf(topic),
        partitions: places.map(({ partition, offset }) => ({ partition, offset: String(offset) })),
      }));
      await asMember(require, async ({ memberId, generationId }) => {
        const asks = { groupId: group, memberId, groupGenerationId: generationId, topics };
        return codesOf((await coordinating.ask('OffsetCommit', asks, (answer) => codesOf(answer.responses))).responses);
      });
      wire.health.count('commits');
    },
    async addToTransaction({ identity: producer, positions, mark, require }) {
      const topics = [...byTopic(positions)].map(([topic, places]) => ({ topic: wire.nameOf(topic), partitions: places.map(({ partition, offset }) => ({ partition, offset })) }));
      await asMember(require, async ({ memberId, generationId }) => {
        const asked = transactionOffsets({ ...producer, groupId: group, memberId, generationId, mark, topics });
        return codesOf((await coordinating.send(asked, (answer) => codesOf(answer.topics))).topics);
      });
    },
  };
}

/** The codes of an answer that has one for each partition. */
export function codesOf(answered: readonly ByTopic<{ readonly errorCode: number }>[]): readonly number[] {
  return answered.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode));
}

/**
 * Reads the positions of a group in all partitions of these topics. With `isStable` answers undefined when a transaction is about to change
 * one of them; without it, what was before that transaction.
 */
export function positionsOf(wire: Wire, channel: Channel, group: string): (topics: readonly string[], isStable: boolean) => Promise<Positions | undefined> {
  const coordinating = coordinator(wire, () => channel, group, 'group');
  return (topics, isStable) =>
    wire.persist(`tell the positions of ${group}`, async () => {
      const asked = await Promise.all(topics.map(async (topic) => ({ topic: wire.nameOf(topic), partitions: await allOf(wire, topic) })));
      const answer = await coordinating.send(offsetFetch({ groupId: group, topics: asked, isStable }), ({ errorCode }) => [errorCode]);
      requireOk(answer.errorCode, `the positions of ${group}`);
      if (answer.topics.some(({ partitions }) => partitions.some(({ errorCode }) => errorCode === codes.unstableOffsetCommit))) return undefined;
      return foundIn(answer.topics, topics, (topic) => wire.nameOf(topic));
    });
}

function foundIn(answered: readonly ByTopic<CommittedOffset>[], topics: readonly string[], nameOf: (topic: string) => string): Positions {
  const found = new Map<string, CommittedPosition>();
  for (const { topic, partitions } of answered) {
    for (const { partition, offset, mark, errorCode } of partitions) {
      requireOk(errorCode, `a position in ${topic}`);
      // −1: there is none.
      if (offset >= 0) found.set(keyOf({ topic, partition }), { offset, mark });
    }
  }
  return { topics, get: ({ topic, partition }) => found.get(keyOf({ topic: nameOf(topic), partition })) };
}

async function allOf(wire: Wire, topic: string): Promise<number[]> {
  return Array.from({ length: await wire.metadata.partitions(wire.nameOf(topic)) }, (_, partition) => partition);
}
