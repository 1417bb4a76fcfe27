import type { Message, MessagePosition, OutgoingMessage, TopicSpec } from '@hookyard/ports';

/** A message whose partition has been chosen and exists. */
export type PlacedMessage = OutgoingMessage & { readonly partition: number };

/** How much to read. */
export type Page = {
  /** The first offset. */
  readonly from: number;
  /** Most messages. */
  readonly limit: number;
  /** Most bytes of values; of a larger message, that one alone. */
  readonly maxBytes: number;
};

/**
 * What an embedded engine gives so that `logBus` can make a MessageBus of it: a durable, partitioned log with group positions.
 * Callers name only topics and partitions that exist. Once closed, everything that answers a promise rejects with the fault `closed`.
 */
export interface Log {
  /** Creates what is missing; refused with `topic_mismatch` when a topic exists with another partition count or kind. */
  declare(topics: readonly TopicSpec[]): Promise<void>;
  /** How many partitions a declared topic has; undefined when it has not been declared. Known without I/O. */
  partitions(topic: string): number | undefined;
  /** The offset after the newest durable message, 0 when there is none; never goes back. Known without I/O: it is asked before every read. */
  high(topic: string, partition: number): number;
  /** The oldest offset still kept; the high offset when nothing is. */
  low(topic: string, partition: number): number | Promise<number>;
  /**
   * Messages of a page, in order. At least one when any is kept there; fewer than there are is fine, so that an answer stays small.
   * What lies near the head should be answered at once, without a promise.
   */
  read(topic: string, partition: number, page: Page): readonly Message[] | Promise<readonly Message[]>;
  /** All or nothing. Durable and readable when it resolves, with the positions in the order given. */
  append(messages: readonly PlacedMessage[]): Promise<readonly MessagePosition[]>;
  /** Positions and outputs, all or nothing; durable when it resolves, and then `committed` answers them. Answers as `append` does. */
  commit(group: string, positions: readonly MessagePosition[], outputs: readonly PlacedMessage[]): Promise<readonly MessagePosition[]>;
  /** The group's positions in this topic, for the partitions that have one. */
  committed(group: string, topic: string): Promise<ReadonlyMap<number, number>>;
  /** The first offset published at or after `timeMs`, or the high offset when there is none. */
  offsetAt(topic: string, partition: number, timeMs: number): number | Promise<number>;
  /** Calls `listener` once per partition and transaction, after `high` has moved. Answers a function that ends it. */
  onAppend(listener: (topic: string, partition: number) => void): () => void;
  close(): Promise<void>;
}
