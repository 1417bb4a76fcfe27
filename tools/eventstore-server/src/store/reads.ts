import { deletedRevision, type Catalog, type Entry } from './catalog.ts';
import { isSoftDeleted } from './stream-metadata.ts';

export type Direction = 'forwards' | 'backwards';

/** `start`, `end`, or a revision or position. */
export type From = 'start' | 'end' | number;

export type StreamRead = { readonly state: 'found'; readonly entries: Iterable<Entry> } | { readonly state: 'missing' } | { readonly state: 'deleted' };

/** What a stream read shows: from `from` on, inclusive, without what the stream's metadata hides. */
export function readStream(catalog: Catalog, name: string, { from, direction, now }: { from: From; direction: Direction; now: number }): StreamRead {
  const { entries, length, tombstoned, metadata } = catalog.visible(name);
  if (tombstoned) return { state: 'deleted' };
  if (length === 0 || isSoftDeleted(metadata)) return { state: 'missing' };
  // The server keeps one event of each metadata stream.
  const maxCount = name.startsWith('$$') ? 1 : metadata?.maxCount;
  const first = Math.max(metadata?.truncateBefore ?? 0, maxCount === undefined ? 0 : length - maxCount);
  const oldest = metadata?.maxAgeMs === undefined ? 0 : now - metadata.maxAgeMs;
  return { state: 'found', entries: direction === 'forwards' ? forwards() : backwards() };

  function* forwards(): Generator<Entry> {
    for (let revision = Math.max(first, numberOf(from)); revision < length; revision += 1) {
      const entry = entries[revision] as Entry;
      if (entry.recordedAt >= oldest) yield entry;
    }
  }

  function* backwards(): Generator<Entry> {
    for (let revision = Math.min(length - 1, numberOf(from)); revision >= first; revision -= 1) {
      const entry = entries[revision] as Entry;
      if (entry.recordedAt >= oldest) yield entry;
    }
  }
}

/** Everything from a position on: forwards inclusive, backwards exclusive. */
export function* readAll({ all }: Catalog, from: From, direction: Direction): Generator<Entry> {
  const length = all.length;
  const at = placeOf(all, numberOf(from));
  if (direction === 'forwards') for (let index = at; index < length; index += 1) yield all[index] as Entry;
  else for (let index = at - 1; index >= 0; index -= 1) yield all[index] as Entry;
}

/** Index of the first event at or after a position. */
export function placeOf(all: readonly Entry[], position: number): number {
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((all[middle] as Entry).position < position) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether a record begins there; the start of the log and what lies beyond its end are valid too. */
export function isBoundary(all: readonly Entry[], position: number): boolean {
  const last = all.at(-1)?.position ?? 0;
  return position === 0 || position > last || all[placeOf(all, position)]?.position === position;
}

export function numberOf(from: From): number {
  if (from === 'start') return 0;
  return from === 'end' ? Number.POSITIVE_INFINITY : from;
}

export function isTombstone(entry: Entry): boolean {
  return entry.revision === deletedRevision;
}
