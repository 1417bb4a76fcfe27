import type { Headers } from '@hookyard/event-schemas';

/** What to publish. `value: null` is a tombstone: in a compacted topic it removes the key. */
export type OutgoingMessage = {
  readonly topic: string;
  readonly key: string;
  /** Where to put it; when absent, `partitionOf(key, partitions)`. */
  readonly partition?: number;
  readonly value: Buffer | null;
  readonly headers?: Headers;
  /** For what moves here from another bus: when that took it, as readers of it shall be told. Retention, and a search by time, may go by either. */
  readonly publishedAt?: number;
};

/** A message as read. `offset` grows strictly within a partition, from 0; numbers may be skipped, never reused. */
export type Message = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly value: Buffer | null;
  readonly headers: Headers;
  /** When the bus took it (or another one, from which it was moved here), in milliseconds since the epoch. */
  readonly publishedAt: number;
};

export type MessagePosition = { readonly topic: string; readonly partition: number; readonly offset: number };

export type TopicSpec = {
  readonly name: string;
  /** Fixed for the life of the topic: keys and sequences depend on it. */
  readonly partitions: number;
  /** Only the newest message of each key is sure to be kept. */
  readonly compacted?: boolean;
  /** Messages older than this may be removed. Absent: kept for ever. */
  readonly retentionMs?: number;
};

/** Consecutive messages of one partition, in offset order; never empty. */
export type Batch = {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly Message[];
  /** The consumption this batch came through: commit, pause and resume there. */
  readonly consumption: Consumption;
};

/** Messages that become durable together with the group's new position. */
export type Outputs = readonly OutgoingMessage[];

/** 8 MiB: so much of a partition is in the hand of a consumer, at most, unless it asks for something else. */
export const defaultMaxBatchBytes = 8 * 1024 * 1024;

export type ConsumeOptions = {
  /** A group that has no position yet begins at the oldest message. */
  readonly group: string;
  readonly topics: readonly string[];
  /**
   * `batch`: when `handle` resolves, its outputs and the position after the batch become durable together, or neither does.
   * It may commit a part before, by `Consumption.commit`; when it rejects after that, the whole batch may come again.
   * `manual`: `handle` commits nothing; the group moves only by `Consumption.commit`. Default `batch`.
   */
  readonly commit?: 'batch' | 'manual';
  /** Most messages in one batch. Default 500. */
  readonly maxBatch?: number;
  /** Most bytes of values in one batch; a larger message comes all the same, alone. Default `defaultMaxBatchBytes`. */
  readonly maxBatchBytes?: number;
  /**
   * One call at a time for each partition, in offset order; partitions run side by side.
   * A rejection means: deliver the same messages again, after a back-off.
   */
  readonly handle: (batch: Batch) => Promise<Outputs | void>;
  /** Mode `batch`: told each time what `handle` had resolved could not be committed, and why; the messages are handled again. */
  readonly onCommitFailed?: (error: unknown, batch: Batch) => void;
  /** Called before the first batch of newly owned partitions; consumption of them waits for it. A rejection is tried again after a back-off. */
  readonly onAssigned?: (partitions: readonly TopicPartition[], consumption: Consumption) => Promise<void>;
  /** Called when partitions are taken away or the consumption stops; a commit for them still succeeds until it resolves. */
  readonly onRevoked?: (partitions: readonly TopicPartition[], consumption: Consumption) => Promise<void>;
};

export type TopicPartition = { readonly topic: string; readonly partition: number };

export interface Consumption {
  /**
   * Makes the outputs and the group's positions durable together, or neither; answers the positions of the outputs in the order given.
   * `offset` is the next one to read.
   * Positions may name partitions of any topic, also ones the group does not consume (a place kept beside the work).
   * Refused with `not_assigned` when this member no longer owns one of the partitions that the group consumes.
   */
  commit(positions: readonly MessagePosition[], outputs?: Outputs): Promise<readonly MessagePosition[]>;
  /** No further batch of the partition until resumed; the batch in hand goes on. */
  pause(partition: TopicPartition): void;
  resume(partition: TopicPartition): void;
  assigned(): readonly TopicPartition[];
  /**
   * Whether this member owns the partition: false from the moment another member may own it, also when the process slept through its loss.
   * Costs nothing: made to be asked before every step that must not be taken twice.
   */
  owns(partition: TopicPartition): boolean;
  /** Resolves when every message published before the call has been handled, and (mode `batch`) committed. Rejects with `closed` when it stops before. */
  whenCaughtUp(): Promise<void>;
  /** Takes no new batch, waits for those in hand and their commits, then leaves the group. */
  stop(): Promise<void>;
}

export type FollowOptions = {
  readonly topic: string;
  readonly partitions?: readonly number[];
  /** Where to begin: everything there is, only what comes from now on, or an offset for each partition (absent ones: the beginning). */
  readonly from: 'beginning' | 'end' | ReadonlyMap<number, number>;
  /** Most bytes of values in one call; a larger message comes all the same, alone. Default `defaultMaxBatchBytes`. */
  readonly maxBatchBytes?: number;
  /** One call at a time, over all partitions; in offset order within each. A rejection ends the follower and rejects `failed`. */
  readonly handle: (messages: readonly Message[]) => Promise<void> | void;
};

/** Reads a topic without a group: every follower sees every message. */
export interface Follower {
  /** Resolves once everything published before `follow` was called has been handled. */
  caughtUp(): Promise<void>;
  /** Resolves once the follower has handled the partition up to and including `offset`. */
  whenReached(partition: number, offset: number): Promise<void>;
  /** Pending while all is well; rejects with what `handle` or the reading threw. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

export type PartitionOffsets = {
  readonly partition: number;
  /** The oldest offset still kept. */
  readonly low: number;
  /** The offset the next message will get, or more. */
  readonly high: number;
};

export type Lag = TopicPartition & {
  /** Messages published and not yet behind the group's position. */
  readonly messages: number;
};

export interface MessageBus {
  /** Creates what is missing. Every other use of a topic is refused with `unknown_topic` before. Refused with `topic_mismatch` when a topic exists with another partition count or kind. */
  declare(topics: readonly TopicSpec[]): Promise<void>;
  /** How many partitions a declared topic has. Refused with `unknown_topic` otherwise. */
  partitions(topic: string): Promise<number>;
  /**
   * Resolves when all messages are durable (on disk, or with all in-sync replicas), with their positions in the order given.
   * Order is kept per partition for one caller that waits. A rejection means: some may be there, publish again.
   */
  publish(messages: readonly OutgoingMessage[]): Promise<readonly MessagePosition[]>;
  /** Joins a consumer group: each partition belongs to one member at a time. At least once, in order per partition. */
  consume(options: ConsumeOptions): Promise<Consumption>;
  follow(options: FollowOptions): Promise<Follower>;
  /**
   * Up to `limit` messages from `offset` on (inclusive), in order; removed ones are passed over. Their values have `maxBytes` together
   * at most (default `defaultMaxBatchBytes`), but for a larger one, which comes alone. So fewer are not yet the end: none are.
   */
  read(from: MessagePosition, limit: number, maxBytes?: number): Promise<readonly Message[]>;
  offsets(topic: string): Promise<readonly PartitionOffsets[]>;
  /** For each partition the first offset published at or after the time (ms), or the high offset when there is none. */
  offsetsAt(topic: string, timeMs: number): Promise<ReadonlyMap<number, number>>;
  /** The group's committed positions (next offset to read), for the partitions that have one. */
  committed(group: string, topic: string): Promise<ReadonlyMap<number, number>>;
  lag(group: string, topic: string): Promise<readonly Lag[]>;
  /**
   * Has a group that nobody belongs to go on from these positions (the next offsets to read), forwards or back; others it leaves.
   * Refused with `group_in_use` while it has members, in whichever process.
   */
  seek(group: string, positions: readonly MessagePosition[]): Promise<void>;
  /** Stops every consumption and follower of this bus, then lets go of what it opened. What is asked afterwards is refused with `closed`. */
  close(): Promise<void>;
}

export const MESSAGE_BUS = Symbol('MessageBus');
