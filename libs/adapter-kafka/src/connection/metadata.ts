import { Fault } from '@hookyard/event-schemas';
import type { Address } from '../options.ts';
import type { Channel } from './channel.ts';
import { codes, isKafkaError, KafkaError, NoAnswer, requireOk } from './errors.ts';
import { metadataExchange } from './kafkajs.ts';
import { coordinatorTypes, type CoordinatorType, type TopicMetadata } from './protocol.ts';

/** What is known of the cluster: brokers, leaders, coordinators. Asked when it is missing or was found to be wrong. Topics by their names on the servers. */
export interface Metadata {
  addressOf(node: number): Address | undefined;
  brokers(): readonly number[];
  /** The broker to ask for changes of topics. */
  controller(): Promise<number>;
  /** How many partitions a topic has; refused with `unknown_topic` when it does not exist. */
  partitions(topic: string): Promise<number>;
  /** The same when it is known already. */
  knownPartitions(topic: string): number | undefined;
  /** What the servers say of these topics now; those that do not exist are absent. */
  describe(topics: readonly string[]): Promise<ReadonlyMap<string, TopicMetadata>>;
  /** The broker that leads a partition. Rejects while there is none. */
  leaderOf(topic: string, partition: number): Promise<number>;
  /** The broker that coordinates a group or a transactional id. */
  coordinatorOf(key: string, type?: keyof typeof coordinatorTypes): Promise<number>;
  forgetCoordinator(key: string, type?: keyof typeof coordinatorTypes): void;
  /** What is known of leaders may be wrong: the next question goes to the servers. */
  doubt(): void;
  /** Asks for brokers and for the leaders of all topics known. */
  refresh(): Promise<void>;
}

type Topic = { readonly leaders: ReadonlyMap<number, number>; readonly partitions: number };

export function metadata(seeds: readonly Address[], open: (addressOf: Metadata['addressOf']) => Channel): Metadata {
  const channel = open(addressOf);
  const topics = new Map<string, Topic>();
  const coordinators = new Map<string, number>();
  let brokers = new Map<number, Address>();
  let controllerId: number | undefined;
  let age = 0;
  let askedAt = -1;
  let asking: Promise<void> | undefined;

  // Brokers not yet known by number are asked by their place among the seeds: −1 is the first.
  function addressOf(node: number): Address | undefined {
    return node < 0 ? seeds[-node - 1] : brokers.get(node);
  }

  async function ask(names: readonly string[]): Promise<readonly TopicMetadata[]> {
    let last: unknown;
    for (const node of [...shuffled([...brokers.keys()]), ...shuffled(seeds.map((_, at) => -at - 1))]) {
      try {
        const { brokers: found, controllerId: controller, topicMetadata } = await channel.send(node, metadataExchange(names));
        // A broker that is just starting may know of nobody yet.
        if (found.length === 0) throw new NoAnswer('the broker knows of no cluster yet');
        brokers = new Map(found.map(({ nodeId, host, port }) => [nodeId, { host, port }]));
        controllerId = controller;
        for (const topic of topicMetadata) note(topic);
        return topicMetadata;
      } catch (error) {
        if (!(error instanceof NoAnswer) || error.isRefusedLogin) throw error;
        last = error;
      }
    }
    throw last;
  }

  function note({ topic, topicErrorCode, partitionMetadata }: TopicMetadata): void {
    if (topicErrorCode === codes.none || topicErrorCode === codes.leaderNotAvailable) {
      const leaders = partitionMetadata.filter(({ leader }) => leader >= 0).map(({ partitionId, leader }) => [partitionId, leader] as const);
      topics.set(topic, { leaders: new Map(leaders), partitions: partitionMetadata.length });
    } else if (topicErrorCode === codes.unknownTopicOrPartition) topics.delete(topic);
  }

  async function describe(names: readonly string[]): Promise<ReadonlyMap<string, TopicMetadata>> {
    const found = (await ask(names)).filter(({ topicErrorCode: code }) => code !== codes.unknownTopicOrPartition && code !== codes.invalidTopic);
    for (const { topic, topicErrorCode } of found) if (topicErrorCode !== codes.leaderNotAvailable) requireOk(topicErrorCode, `topic ${topic}`);
    return new Map(found.map((each) => [each.topic, each]));
  }

  async function known(name: string): Promise<Topic> {
    const topic = topics.get(name);
    if (topic !== undefined) return topic;
    await describe([name]);
    const found = topics.get(name);
    if (found === undefined) throw new Fault('unknown_topic', { topic: name });
    return found;
  }

  function refresh(): Promise<void> {
    const asked = age;
    asking ??= ask([...topics.keys()])
      .then(() => void (askedAt = asked))
      .finally(() => (asking = undefined));
    return asking;
  }

  async function coordinatorOf(key: string, type: keyof typeof coordinatorTypes = 'group'): Promise<number> {
    const place = `${type} ${key}`;
    const node = coordinators.get(place);
    if (node !== undefined) return node;
    const found = await findCoordinator(key, coordinatorTypes[type]);
    coordinators.set(place, found);
    return found;
  }

  async function findCoordinator(groupId: string, coordinatorType: CoordinatorType): Promise<number> {
    let last: unknown = new NoAnswer('no broker is known');
    for (const node of shuffled([...brokers.keys()])) {
      try {
        const { errorCode, errorMessage, coordinator } = await channel.ask(node, 'GroupCoordinator', { groupId, coordinatorType });
        requireOk(errorCode, `the coordinator of ${groupId}`, errorMessage);
        brokers.set(coordinator.nodeId, { host: coordinator.host, port: coordinator.port });
        return coordinator.nodeId;
      } catch (error) {
        if (!(error instanceof NoAnswer) && !isKafkaError(error, codes.coordinatorNotAvailable)) throw error;
        last = error;
      }
    }
    throw last;
  }

  return {
    addressOf,
    brokers: () => [...brokers.keys()],
    async controller() {
      if (controllerId === undefined || askedAt < age) await refresh();
      if (controllerId === undefined || controllerId < 0) throw new KafkaError(codes.notController, 'the cluster has no controller now');
      return controllerId;
    },
    partitions: async (topic) => (await known(topic)).partitions,
    knownPartitions: (topic) => topics.get(topic)?.partitions,
    describe,
    async leaderOf(name, partition) {
      await known(name);
      if (askedAt < age) await refresh();
      const leader = (await known(name)).leaders.get(partition);
      if (leader !== undefined) return leader;
      age += 1;
      throw new KafkaError(codes.leaderNotAvailable, `partition ${partition} of ${name} has no leader now`);
    },
    coordinatorOf,
    forgetCoordinator: (key, type = 'group') => void coordinators.delete(`${type} ${key}`),
    doubt: () => void (age += 1),
    refresh,
  };
}

function shuffled<Each>(list: readonly Each[]): Each[] {
  return list
    .map((each) => ({ each, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ each }) => each);
}
