/** What each request asks and what its answer says, as kafkajs writes and reads them. Offsets and ids of 64 bit are decimal text. */
export type Apis = {
  Metadata: {
    asks: { readonly topics: readonly string[] };
    answers: { readonly brokers: readonly BrokerAddress[]; readonly controllerId: number; readonly topicMetadata: readonly TopicMetadata[] };
  };
  ListOffsets: {
    asks: { readonly replicaId: -1; readonly isolationLevel: 0 | 1; readonly topics: readonly ByTopic<{ readonly partition: number; readonly timestamp: number }>[] };
    answers: { readonly responses: readonly ByTopic<Answered & { readonly timestamp: string; readonly offset: string }>[] };
  };
  CreateTopics: {
    asks: { readonly topics: readonly NewTopic[]; readonly timeout: number };
    answers: { readonly topicErrors: readonly { readonly topic: string; readonly errorCode: number; readonly errorMessage: string | null }[] };
  };
  DescribeConfigs: {
    asks: { readonly resources: readonly { readonly type: number; readonly name: string; readonly configNames: readonly string[] }[] };
    answers: { readonly resources: readonly DescribedConfig[] };
  };
  Produce: {
    asks: {
      readonly acks: -1;
      readonly timeout: number;
      readonly compression: number;
      readonly transactionalId?: string;
      readonly producerId?: string;
      readonly producerEpoch?: number;
      readonly topicData: readonly ByTopic<{ readonly partition: number; readonly firstSequence?: number; readonly messages: readonly ProducedMessage[] }>[];
    };
    answers: { readonly topics: readonly { readonly topicName: string; readonly partitions: readonly (Answered & { readonly baseOffset: string })[] }[] };
  };
  GroupCoordinator: {
    asks: { readonly groupId: string; readonly coordinatorType: CoordinatorType };
    answers: { readonly errorCode: number; readonly errorMessage: string | null; readonly coordinator: BrokerAddress };
  };
  JoinGroup: {
    asks: {
      readonly groupId: string;
      readonly sessionTimeout: number;
      readonly rebalanceTimeout: number;
      readonly memberId: string;
      readonly protocolType: 'consumer';
      readonly groupProtocols: readonly { readonly name: string; readonly metadata: Buffer }[];
    };
    answers: {
      readonly errorCode: number;
      readonly generationId: number;
      readonly groupProtocol: string | null;
      readonly leaderId: string;
      readonly memberId: string;
      readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[];
    };
  };
  SyncGroup: {
    asks: {
      readonly groupId: string;
      readonly generationId: number;
      readonly memberId: string;
      readonly groupAssignment: readonly { readonly memberId: string; readonly memberAssignment: Buffer }[];
    };
    answers: { readonly errorCode: number; readonly memberAssignment: Buffer };
  };
  Heartbeat: {
    asks: { readonly groupId: string; readonly groupGenerationId: number; readonly memberId: string };
    answers: { readonly errorCode: number };
  };
  LeaveGroup: {
    asks: { readonly groupId: string; readonly memberId: string };
    answers: { readonly errorCode: number };
  };
  OffsetCommit: {
    asks: {
      readonly groupId: string;
      readonly groupGenerationId: number;
      readonly memberId: string;
      readonly topics: readonly ByTopic<{ readonly partition: number; readonly offset: string }>[];
    };
    answers: { readonly responses: readonly ByTopic<Answered>[] };
  };
  OffsetFetch: {
    asks: { readonly groupId: string; readonly topics: readonly ByTopic<{ readonly partition: number }>[] };
    answers: { readonly errorCode: number; readonly responses: readonly ByTopic<Answered & { readonly offset: string }>[] };
  };
  InitProducerId: {
    asks: { readonly transactionalId: string; readonly transactionTimeout: number };
    answers: { readonly errorCode: number; readonly producerId: string; readonly producerEpoch: number };
  };
  AddPartitionsToTxn: {
    asks: ProducerIdentity & { readonly topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[] };
    answers: { readonly errors: readonly { readonly topic: string; readonly partitionErrors: readonly Answered[] }[] };
  };
  AddOffsetsToTxn: { asks: ProducerIdentity & { readonly groupId: string }; answers: { readonly errorCode: number } };
  TxnOffsetCommit: {
    asks: ProducerIdentity & { readonly groupId: string; readonly topics: readonly ByTopic<{ readonly partition: number; readonly offset: string }>[] };
    answers: { readonly topics: readonly ByTopic<Answered>[] };
  };
  EndTxn: { asks: ProducerIdentity & { readonly transactionResult: boolean }; answers: { readonly errorCode: number } };
};

export type ApiName = keyof Apis;
export type Answer<Api extends ApiName> = Apis[Api]['answers'];

export type ByTopic<Partition> = { readonly topic: string; readonly partitions: readonly Partition[] };
type Answered = { readonly partition: number; readonly errorCode: number };
export type ProducerIdentity = { readonly transactionalId: string; readonly producerId: string; readonly producerEpoch: number };
export type BrokerAddress = { readonly nodeId: number; readonly host: string; readonly port: number };
export type ProducedMessage = { readonly key: string; readonly value: Buffer | null; readonly headers: Readonly<Record<string, string>> };

export type TopicMetadata = {
  readonly topicErrorCode: number;
  readonly topic: string;
  readonly partitionMetadata: readonly { readonly partitionErrorCode: number; readonly partitionId: number; readonly leader: number; readonly isr: readonly number[] }[];
};

export type NewTopic = {
  readonly topic: string;
  readonly numPartitions: number;
  readonly replicationFactor: number;
  readonly configEntries: readonly { readonly name: string; readonly value: string }[];
};

export type DescribedConfig = {
  readonly errorCode: number;
  readonly resourceName: string;
  readonly configEntries: readonly { readonly configName: string; readonly configValue: string | null }[];
};

/** Who coordinates a key: a group's broker, or a transactional id's. */
export const coordinatorTypes = { group: 0, transaction: 1 } as const;
export type CoordinatorType = (typeof coordinatorTypes)[keyof typeof coordinatorTypes];

/** The versions spoken: known to Kafka from 2.3 on and still to 4.x. Fixed, so that every server is talked to in the same way. */
export const versions: Readonly<Record<ApiName | 'Fetch', number>> = {
  Produce: 7,
  Fetch: 11,
  ListOffsets: 3,
  Metadata: 6,
  OffsetCommit: 5,
  OffsetFetch: 4,
  GroupCoordinator: 2,
  JoinGroup: 5,
  Heartbeat: 3,
  LeaveGroup: 3,
  SyncGroup: 3,
  CreateTopics: 3,
  DescribeConfigs: 2,
  InitProducerId: 1,
  AddPartitionsToTxn: 1,
  AddOffsetsToTxn: 1,
  TxnOffsetCommit: 1,
  EndTxn: 1,
};
