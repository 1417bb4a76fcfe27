import type { Catalog, Entry } from '../store/catalog.ts';
import type { EntryFilter } from '../store/filter.ts';
import { isTombstone, placeOf, readStream, type From } from '../store/reads.ts';
import { CallFailed, failures } from '../wire/failures.ts';

/** The next events of a subscription. */
export interface Feed {
  /** Looks at up to `limit` further events. `considered` 0: there are none yet. */
  next(limit: number): { readonly entries: readonly Entry[]; readonly considered: number };
  /** Position of the last event that was looked at. */
  position(): number | undefined;
  /** Events not looked at yet. */
  behind(): number;
}

/** Everything after a position, exclusive. The position may lie beyond the end: what comes before it is not sent later either. */
export function allFeed({ all }: Catalog, after: From, matches: EntryFilter = () => true): Feed {
  const floor = typeof after === 'number' ? after : -1;
  let index = after === 'start' ? 0 : after === 'end' ? all.length : placeOf(all, after + 1);
  return {
    next(limit) {
      const looked = all.slice(index, index + limit);
      index += looked.length;
      return { entries: looked.filter((entry) => entry.position > floor && matches(entry)), considered: looked.length };
    },
    position: () => all[index - 1]?.position,
    behind: () => all.length - index,
  };
}

/** One stream after a revision, exclusive. What retention hides is left out. A tombstone ends it. */
export function streamFeed(catalog: Catalog, stream: string, after: From): Feed {
  const lengthNow = () => catalog.visible(stream).length;
  let revision = after === 'start' ? 0 : after === 'end' ? lengthNow() : after + 1;
  let position: number | undefined;
  return {
    next(limit) {
      const read = readStream(catalog, stream, { from: revision, direction: 'forwards', now: Date.now() });
      if (read.state === 'deleted') throw new CallFailed(failures.streamDeleted(stream));
      const entries: Entry[] = [];
      if (read.state === 'found') {
        for (const entry of read.entries) {
          if (entries.push(entry) === limit) break;
        }
      }
      const last = entries.at(-1);
      const considered = last === undefined ? 0 : last.revision + 1 - revision;
      if (last !== undefined) [revision, position] = [last.revision + 1, last.position];
      return { entries: entries.filter((entry) => !isTombstone(entry)), considered };
    },
    position: () => position,
    behind: () => Math.max(0, lengthNow() - revision),
  };
}
