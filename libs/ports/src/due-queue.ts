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

/** 8 MiB: so much is loaded at once, at most, unless something else is asked for. */
export const defaultMaxLoadBytes = 8 * 1024 * 1024;

export type DueLoad = {
  readonly partition: number;
  readonly lane: string;
  readonly dueBefore: number;
  /** Most items. */
  readonly limit: number;
  /** Most bytes of their values together; a larger item comes all the same, alone. Default `defaultMaxLoadBytes`. */
  readonly maxBytes?: number;
  /** Ids passed over: neither answered nor counted, and their values are not read. For what is in hand already, some thousands at most. */
  readonly except?: ReadonlySet<string>;
};

export type DuePage = {
  readonly items: readonly DueItem[];
  /** One of the bounds was reached: others lie behind that are due by then, too. */
  readonly hasMore: boolean;
};

export type DueScan = {
  /** Behind this id. Default: from the first. */
  readonly after?: string;
  /** Most items. */
  readonly limit: number;
  /** Most bytes of their values together; a larger item comes all the same, alone. Default `defaultMaxLoadBytes`. */
  readonly maxBytes?: number;
};

export interface DueQueue {
  /** Durable when it resolves. Replaces an item of the same partition and id when its revision is greater; else leaves it. */
  put(items: readonly DueItem[]): Promise<void>;
  /** Removes each item whose stored revision is not greater than the one given. Unknown ones are no error. */
  complete(items: readonly Pick<DueItem, 'id' | 'partition' | 'revision'>[]): Promise<void>;
  /** The lanes of a partition that have items, by name, after `after`; at most `limit`. */
  lanes(partition: number, options: { readonly after?: string; readonly limit: number }): Promise<readonly DueLane[]>;
  /** Items of a lane due at or before `dueBefore`, first due first (then `order`, then id), within both bounds. Takes nothing away. */
  load(options: DueLoad): Promise<DuePage>;
  /** Those of the items that wait with a smaller revision than the one given, in any order. All at once: ask for few. */
  older(items: readonly Pick<DueItem, 'id' | 'partition' | 'revision'>[]): Promise<readonly DueItem[]>;
  /** All that waits in a partition, due or not, by id: page after page for who copies it. Takes nothing away. */
  scan(partition: number, options: DueScan): Promise<DuePage>;
  /** How many items wait in these partitions. */
  count(partitions: readonly number[]): Promise<number>;
  close(): Promise<void>;
}

export const DUE_QUEUE = Symbol('DueQueue');
