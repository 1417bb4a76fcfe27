import type { Entry, StreamView } from './catalog.ts';
import type { RecentIds } from './recent-ids.ts';
import { isSoftDeleted } from './stream-metadata.ts';

/** A number: the revision of the stream's last event. */
export type Expected = number | 'no_stream' | 'any' | 'stream_exists';

/** May these events be appended? `revision` −1: none. */
export type Verdict =
  | { readonly verdict: 'append'; readonly revives: boolean }
  | { readonly verdict: 'repeat'; readonly last: Entry }
  | { readonly verdict: 'conflict'; readonly revision: number }
  | { readonly verdict: 'deleted' };

export type Check = {
  readonly name: string;
  readonly stream: StreamView;
  readonly hasMetadata: boolean;
  readonly expected: Expected;
  readonly ids: readonly string[];
  readonly recent: RecentIds;
};

/** The server's rules of expected revisions and repeats; the order of the questions is part of them. */
export function checkCommit(check: Check): Verdict {
  const { stream, expected } = check;
  if (stream.tombstoned) return { verdict: 'deleted' };
  if (expected === 'stream_exists') {
    if (isSoftDeleted(stream.metadata)) return { verdict: 'deleted' };
    // Metadata alone satisfies it.
    if (stream.length === 0 && !check.hasMetadata) return conflict(stream);
  }
  if (expected === 'any' || expected === 'stream_exists') return byRecentIds(check);
  const revision = expected === 'no_stream' ? -1 : expected;
  if (revision < stream.length - 1) return byPlace(check, revision);
  return revision > stream.length - 1 ? conflict(stream) : append(stream);
}

/** Without a revision, a repeat is recognised only while its ids are remembered. */
function byRecentIds({ name, stream, ids, recent }: Check): Verdict {
  const known = ids.map((id) => recent.find(id)).map((entry) => (entry?.stream === name ? entry : undefined));
  const last = known.at(-1);
  if (last !== undefined && known.every((entry) => entry !== undefined)) return { verdict: 'repeat', last };
  // The first one alone decides whether it could be a repeat; a later one that is missing makes it a corrupted one.
  return known[0] === undefined ? append(stream) : conflict(stream);
}

/** With a revision, what stands in the place decides, for ever. */
function byPlace({ stream, ids, expected }: Check, revision: number): Verdict {
  const there = ids.map((id, index) => (stream.entries[revision + 1 + index]?.id === id ? stream.entries[revision + 1 + index] : undefined));
  const last = there.at(-1);
  if (last !== undefined && there.every((entry) => entry !== undefined)) return { verdict: 'repeat', last };
  if (there[0] === undefined && expected === 'no_stream' && isSoftDeleted(stream.metadata)) return append(stream);
  return conflict(stream);
}

function append(stream: StreamView): Verdict {
  return { verdict: 'append', revives: isSoftDeleted(stream.metadata) };
}

function conflict(stream: StreamView): Verdict {
  return { verdict: 'conflict', revision: stream.length - 1 };
}
