/** Work that waits. */
export type DueItem = {
  readonly id: string;
  /** Who owns it: only the owner of the partition loads it. */
  readonly partition: number;
  /** What it waits behind: work of one lane is loaded together, in order. */
  readonly lane: string;
  /** Milliseconds since the epoch. */
  readonly dueAt: number;
  /** Decides among items of a lane that fall due at the same time. */
  readonly order: number;
  /** A put or a completion older than what is stored changes nothing. */
  readonly revision: number;
  readonly value: Buffer;
};

export type DueLane = {
  readonly lane: string;
  /** When its first item falls due. */
  readonly nextDueAt: number;
  readonly waiting: number;
};

export interface DueQueue {
  /** Durable when it resolves. Replaces an item of the same partition and id when its revision is greater; else leaves it. */
  put(items: readonly DueItem[]): Promise<void>;
  /** Removes each item whose stored revision is not greater than the one given. Unknown ones are no error. */
  complete(items: readonly Pick<DueItem, 'id' | 'partition' | 'revision'>[]): Promise<void>;
  /** The lanes of a partition that have items, by name, after `after`; at most `limit`. */
  lanes(partition: number, options: { readonly after?: string; readonly limit: number }): Promise<readonly DueLane[]>;
  /** Items of a lane due at or before `dueBefore`, first due first (then `order`, then id); at most `limit`. Takes nothing away. */
  load(options: {
    readonly partition: number;
    readonly lane: string;
    readonly dueBefore: number;
    readonly limit: number;
  }): Promise<readonly DueItem[]>;
  /** How many items wait in these partitions. */
  count(partitions: readonly number[]): Promise<number>;
  close(): Promise<void>;
}

export const DUE_QUEUE = Symbol('DueQueue');
