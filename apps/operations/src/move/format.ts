import type { DayHash } from '../read-models/model-hash.ts';

/**
 * The lines of an export, one JSON object each, in this order: a header, the events of all streams, the messages of each partition with a line
 * at its end, the places of the consumer groups, waiting work, those documents of read models that cannot be rebuilt from all that, the
 * hashes of the read models, and a trailer. Bytes are base64. `docs/operations.md` describes every field.
 */
export type Line = Header | EventLine | MessageLine | PartitionLine | PositionLine | DueLine | DocumentLine | HashLine | Trailer;

export const formatName = 'hookyard-export';
export const formatVersion = 1;

export type Header = {
  readonly kind: 'header';
  readonly format: typeof formatName;
  readonly version: number;
  readonly exportedAt: number;
  readonly engine: string;
  /** Of the shared topics: offsets and sequences depend on it. */
  readonly partitions: number;
  /** Tells whether another installation has the same master key, and nothing of the key. Absent when the exporter did not know it. */
  readonly masterKey?: string;
};

export type EventLine = {
  readonly kind: 'event';
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly recordedAt: number;
};

export type MessageLine = {
  readonly kind: 'message';
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly publishedAt: number;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: string | null;
};

/** After the messages of a partition: the offset that its next one would have got. */
export type PartitionLine = { readonly kind: 'partition'; readonly topic: string; readonly partition: number; readonly next: number };

export type PositionLine = { readonly kind: 'position'; readonly group: string; readonly topic: string; readonly partition: number; readonly offset: number };

export type DueLine = {
  readonly kind: 'due';
  readonly partition: number;
  readonly id: string;
  readonly lane: string;
  readonly dueAt: number;
  readonly order: number;
  readonly revision: number;
  readonly value: string;
};

export type DocumentLine = {
  readonly kind: 'document';
  readonly model: string;
  readonly id: string;
  readonly revision: number;
  readonly expiresAt?: number;
  readonly document: Readonly<Record<string, unknown>>;
};

export type HashLine = DayHash & { readonly kind: 'hash'; readonly model: string };

/** `sha256`: of all bytes before this line. */
export type Trailer = { readonly kind: 'trailer'; readonly lines: number; readonly sha256: string };
