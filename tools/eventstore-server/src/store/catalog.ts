import type { Place } from '../log/frames.ts';
import type { StreamMetadata } from './stream-metadata.ts';

/** What is kept in memory of an event; its bytes lie in the log. */
export type Entry = Place & {
  readonly stream: string;
  /** `deletedRevision` for a tombstone. */
  readonly revision: number;
  readonly type: string;
  readonly id: string;
  readonly recordedAt: number;
  /** Of `$metadata` events: what they say. */
  readonly metadata?: StreamMetadata;
};

/** Stands for 2^63 − 1, the revision of a tombstone. */
export const deletedRevision = Number.POSITIVE_INFINITY;

/** One stream, as the writer or as readers know it. */
export type StreamView = {
  /** The entry of revision n at index n; what retention hides is still there. */
  readonly entries: readonly Entry[];
  /** How many of them count. */
  readonly length: number;
  readonly tombstoned: boolean;
  /** What the newest event of the metadata stream says. */
  readonly metadata: StreamMetadata | undefined;
};

type Stream = { readonly name: string; readonly written: Entry[]; visible: number; tombstone?: Entry; tombstoneVisible: boolean };

/**
 * Which events there are. The writer decides on everything written, in the order of positions; readers see an event once it is on disk.
 */
export interface Catalog {
  /** An event has been given its place. Answers the entry that is kept, which shares its texts with the others. */
  write(entry: Entry): Entry;
  /** It is on disk. Called in the order of `write`. */
  show(entry: Entry): void;
  /** With everything written. */
  written(stream: string): StreamView;
  /** With everything on disk. */
  visible(stream: string): StreamView;
  /** Everything on disk, in the order of positions. */
  readonly all: readonly Entry[];
}

export function catalog(): Catalog {
  const streams = new Map<string, Stream>();
  const all: Entry[] = [];
  const types = new Map<string, string>();

  function streamOf(name: string): Stream {
    const found = streams.get(name);
    if (found !== undefined) return found;
    const begun: Stream = { name, written: [], visible: 0, tombstoneVisible: false };
    streams.set(name, begun);
    return begun;
  }

  function typeOf(text: string): string {
    const found = types.get(text);
    if (found === undefined) types.set(text, text);
    return found ?? text;
  }

  function writtenLength(name: string): number {
    return streams.get(name)?.written.length ?? 0;
  }

  function visibleLength(name: string): number {
    return streams.get(name)?.visible ?? 0;
  }

  /** A tombstone takes the metadata stream along. */
  function tombstoneOf(name: string): Stream | undefined {
    const own = streams.get(name);
    return own?.tombstone === undefined && name.startsWith('$$') ? streams.get(name.slice(2)) : own;
  }

  function view(name: string, lengthOf: (name: string) => number, tombstoned: boolean): StreamView {
    const metastream = `$$${name}`;
    return {
      entries: streams.get(name)?.written ?? [],
      length: lengthOf(name),
      tombstoned,
      metadata: streams.get(metastream)?.written[lengthOf(metastream) - 1]?.metadata,
    };
  }

  return {
    write(entry) {
      const stream = streamOf(entry.stream);
      const kept = { ...entry, stream: stream.name, type: typeOf(entry.type) };
      if (entry.revision === deletedRevision) stream.tombstone = kept;
      else stream.written.push(kept);
      return kept;
    },
    show(entry) {
      all.push(entry);
      const stream = streamOf(entry.stream);
      if (entry.revision === deletedRevision) stream.tombstoneVisible = true;
      else stream.visible += 1;
    },
    written: (name) => view(name, writtenLength, tombstoneOf(name)?.tombstone !== undefined),
    visible: (name) => view(name, visibleLength, tombstoneOf(name)?.tombstoneVisible ?? false),
    all,
  };
}
