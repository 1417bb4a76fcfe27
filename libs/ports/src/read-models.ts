/** A stored document: plain JSON. */
export type Document = Readonly<Record<string, unknown>>;

export type FieldType = 'string' | 'number' | 'boolean' | 'strings';

export type Order = 'asc' | 'desc';

export type CollectionSpec = {
  /** Ends in its version: `deliveries_v1`. A new shape is a new collection. */
  readonly name: string;
  /** Every top-level field that a query may name. `strings` is a list, asked with `has`. */
  readonly fields: Readonly<Record<string, FieldType>>;
  readonly indexes: readonly IndexSpec[];
};

/** Field names in index order, each with its direction. */
export type IndexSpec = readonly (readonly [field: string, order: Order])[];

export type Write<D extends Document> = {
  readonly id: string;
  /** Applied only when greater than the stored one, so that repeats and late arrivals change nothing. */
  readonly revision: number;
  readonly document: D;
  /** Milliseconds since the epoch; from then on the document is not found any more. */
  readonly expiresAt?: number;
};

export type Stored<D extends Document> = Write<D>;

export type Condition = {
  readonly field: string;
} & (
  | { readonly op: 'eq' | 'gt' | 'gte' | 'lt' | 'lte'; readonly value: string | number | boolean }
  | { readonly op: 'in'; readonly value: readonly (string | number)[] }
  | { readonly op: 'has'; readonly value: string }
);

export type Query = {
  /** All of them must hold. A field that is absent or null in the document holds for none. */
  readonly where?: readonly Condition[];
  /** Declared fields; the id is the last, so that the order is total. Default: by id. */
  readonly sort?: readonly (readonly [field: string, order: Order])[];
  /** 1 to 1,000. */
  readonly limit: number;
  /** From an earlier page of the same query. Refused with `invalid_cursor` when it is of another. */
  readonly cursor?: string;
};

export type Page<D extends Document> = {
  readonly items: readonly Stored<D>[];
  /** Absent on the last page. Stays valid while documents come and go: nothing is shown twice, nothing old is skipped. */
  readonly cursor?: string;
};

export interface Collection<D extends Document> {
  /** Durable when it resolves; each write stands for itself. Answers for each, in order, whether it was newer. */
  upsert(writes: readonly Write<D>[]): Promise<readonly ('applied' | 'stale')[]>;
  get(id: string): Promise<Stored<D> | null>;
  /** Those that exist, in no particular order. */
  getMany(ids: readonly string[]): Promise<readonly Stored<D>[]>;
  /** Refused with `unknown_field` when it names a field that the spec does not declare. */
  query(query: Query): Promise<Page<D>>;
  count(where?: readonly Condition[]): Promise<number>;
  /** Answers how many there were. */
  delete(ids: readonly string[]): Promise<number>;
  /** Removes for good what has expired at `now`, at most `limit` of them, and answers how many. */
  sweep(now: number, limit: number): Promise<number>;
}

export interface ReadModels {
  /** Opens a collection and creates it and its indexes when missing. Refused with `collection_mismatch` when its fields differ. */
  collection<D extends Document>(spec: CollectionSpec): Promise<Collection<D>>;
  /** The names of all collections there are. */
  names(): Promise<readonly string[]>;
  drop(name: string): Promise<void>;
  /**
   * From now on the collection `name` has the documents of `by`, and there is no `by` any more: in one step, also for whoever has `name` open,
   * in whichever process. A write to `name` at the same time may end in either of them, so it may be lost with the old one.
   * Refused with `not_found` when there is no `by`, with `collection_mismatch` when their fields differ. `by` was opened with the indexes of `name`, and nobody uses it meanwhile.
   */
  replace(name: string, by: string): Promise<void>;
  close(): Promise<void>;
}

export const READ_MODELS = Symbol('ReadModels');
