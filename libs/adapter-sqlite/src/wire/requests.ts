import type { FaultCode, FaultDetails } from '@hookyard/event-schemas';

/**
 * What the main thread asks of the writer. A request is its length (u32), its kind (u8) and its own fields, packed by the port's
 * file and unpacked by the handler of the same name under `writer/`.
 */
export const requestKinds = {
  /** Messages and group positions. */
  publish: 0,
  /** Events at the end of a stream. */
  append: 1,
  upsert: 2,
  deleteDocuments: 3,
  putDue: 4,
  completeDue: 5,
  /** Everything rare: JSON in, JSON out. */
  control: 6,
} as const;

export type RequestKind = (typeof requestKinds)[keyof typeof requestKinds];

/** The rare requests, by name, and what each answers. */
export type Controls = {
  readonly declareTopic: { readonly asks: { name: string; partitions: number; compacted: boolean; retentionMs: number | null }; readonly answers: TopicChannels };
  readonly setRetention: { readonly asks: { stream: string; maxAgeMs: number | null; maxCount: number | null }; readonly answers: null };
  readonly deleteStream: { readonly asks: { stream: string }; readonly answers: null };
  readonly createCollection: { readonly asks: CollectionShape; readonly answers: { id: number } };
  readonly dropCollection: { readonly asks: { name: string }; readonly answers: null };
  readonly replaceCollection: { readonly asks: { name: string; by: string }; readonly answers: null };
  readonly sweepCollection: { readonly asks: { id: number; now: number; limit: number }; readonly answers: { removed: number } };
  readonly sweepLog: { readonly asks: { after: number }; readonly answers: { next: number | null } };
};

/** The channel of each partition and the offset it gives next. */
export type TopicChannels = { readonly name: string; readonly channels: readonly { readonly id: number; readonly next: number }[] };

export type CollectionShape = {
  readonly name: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly indexes: readonly (readonly (readonly [field: string, order: 'asc' | 'desc'])[])[];
};

/** How a request ended; the answer's own fields, or the JSON of a `Refusal` or `Breakage`, follow. */
export const outcomes = { done: 0, refused: 1, broken: 2 } as const;

export type Refusal = { readonly code: FaultCode; readonly details: FaultDetails };
export type Breakage = { readonly message: string; readonly stack: string | undefined };

/** Main thread to writer: requests, back to back, for one transaction. */
export type BatchMessage = { readonly kind: 'batch'; readonly requests: ArrayBuffer; readonly length: number; readonly count: number; readonly now: number };
/** `close` comes after everything that was asked; `abandon` is set in `WriterData.abandoned` too, and holds at once. */
export type EndMessage = { readonly kind: 'close' | 'abandon' };

/** Writer to main thread. The buffer of the requests travels back to be used again. */
export type AnswersMessage = { readonly kind: 'answers'; readonly answers: ArrayBuffer; readonly length: number; readonly count: number; readonly recycled: ArrayBuffer };
export type OpenedMessage = { readonly kind: 'opened' } | ({ readonly kind: 'refused' } & Refusal) | ({ readonly kind: 'broken' } & Breakage);
export type ClosedMessage = { readonly kind: 'closed' };

export type WriterData = {
  readonly path: string;
  readonly mustExist: boolean;
  readonly maxBytes?: number;
  /** Shared memory: not 0 once the writer shall end, wherever it is. */
  readonly abandoned: Int32Array;
};
