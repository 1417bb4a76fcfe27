/** A fact to append. `id` makes the append repeatable: the same ids at the same place are recognised. */
export type NewEvent = {
  /** UUID text. */
  readonly id: string;
  readonly type: string;
  /** A JSON value; no BigInt, no cycles. */
  readonly data: unknown;
  /** A JSON object: who, when, why. */
  readonly metadata?: Readonly<Record<string, unknown>>;
};

export type RecordedEvent = Required<NewEvent> & {
  readonly stream: string;
  /** Place in the stream: 0, 1, 2, … */
  readonly revision: number;
  /** Place in the whole store: grows strictly, with gaps. */
  readonly position: number;
  /** When the store took it, in milliseconds since the epoch. */
  readonly recordedAt: number;
};

/** `no_stream`: the stream has never been written. A number: the revision of its last event. */
export type ExpectedRevision = 'no_stream' | number;

export type Appended = {
  /** Revision and position of the last event of this append. */
  readonly revision: number;
  readonly position: number;
  /** True when these very events stood there already: nothing was written. */
  readonly repeated: boolean;
};

export type ReadOptions = {
  readonly direction?: 'forwards' | 'backwards';
  /** First revision to read, inclusive. Default: the start, or backwards the end. */
  readonly from?: number;
  /** Most events to answer. Default 1,000. */
  readonly limit?: number;
};

export type ReadAllOptions = {
  /** Read what lies after this position. Default: from the start. */
  readonly after?: number;
  readonly limit?: number;
  /** Only streams whose name begins so. */
  readonly streamPrefix?: string;
};

/** What lies beyond either limit is not read any more, and is removed in time. */
export type Retention = { readonly maxAgeMs?: number; readonly maxCount?: number };

export type SubscribeOptions = {
  /** Begin after this position; absent: from the start. */
  readonly after?: number;
  readonly streamPrefix?: string;
  /** One call at a time, in position order. A rejection is retried with the same events after a back-off. */
  readonly handle: (events: readonly RecordedEvent[]) => Promise<void>;
  /** Called each time everything recorded so far has been handled and the subscription goes live. */
  readonly onCaughtUp?: () => void;
};

export interface EventSubscription {
  /** Resolves once everything up to and including `position` has been handled, also when that is of a stream not asked for. Rejects with `closed` when it stops before. */
  whenReached(position: number): Promise<void>;
  /** Waits for the handler in hand, then ends. */
  stop(): Promise<void>;
}

export interface EventStore {
  /**
   * All or nothing, durable when it resolves. Of two appends at one expected revision exactly one wins;
   * the other is refused with `version_conflict` and keeps nothing. The same ids at the same place: `repeated`.
   */
  append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended>;
  /** Empty for a stream that does not exist, was deleted, or has expired whole. */
  read(stream: string, options?: ReadOptions): Promise<readonly RecordedEvent[]>;
  /** Everything, in position order; what retention hides may still appear. */
  readAll(options?: ReadAllOptions): Promise<readonly RecordedEvent[]>;
  /** Catch-up, then live; resumes by itself when a connection is lost. */
  subscribe(options: SubscribeOptions): Promise<EventSubscription>;
  setRetention(stream: string, retention: Retention): Promise<void>;
  retention(stream: string): Promise<Retention>;
  /** Reads answer nothing afterwards; a later append goes on with the next revision (its expected revision is the last one before). */
  deleteStream(stream: string): Promise<void>;
  close(): Promise<void>;
}

export const EVENT_STORE = Symbol('EventStore');
