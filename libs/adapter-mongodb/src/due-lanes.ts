import type { DueLane } from '@hookyard/ports';
import type { Db } from 'mongodb';
import type { Call, Limits } from './calls.ts';
import { dueCollection, type StoredItem } from './due-layout.ts';

type Entry = Pick<StoredItem, 'l' | 't'>;

// Entries of the index in one answer, some 15 kB: enough that hundreds of short lanes come at once, few enough that a long one costs little before it is leapt over.
const entriesAtOnce = 256;
const countsAtOnce = 8;

/**
 * The lanes of a partition, by leaps along the index: some entries are read; a lane that ends among them is known whole, the last one may go on and is
 * counted by the server, and the next leap begins behind it. So a lane costs its place in an answer or one leap, however much waits in it.
 */
export async function lanesOf(call: Call, db: Db, partition: number, { after, limit }: { readonly after?: string; readonly limit: number }): Promise<readonly DueLane[]> {
  const lanes: (DueLane & { readonly mayGoOn: boolean })[] = [];
  for (let place = after; lanes.length < limit; ) {
    const beyond = place;
    const entries = await call.attempt((limits) => entriesAfter(db, partition, beyond, limits));
    const isLast = entries.length < entriesAtOnce;
    const found = byLane(entries);
    lanes.push(...found.map((lane, at) => ({ ...lane, mayGoOn: !isLast && at === found.length - 1 })));
    if (isLast) break;
    place = found.at(-1)?.lane;
  }
  const answer: DueLane[] = [];
  const asked = lanes.slice(0, limit);
  for (let at = 0; at < asked.length; at += countsAtOnce) {
    const some = asked.slice(at, at + countsAtOnce).map(async ({ mayGoOn, ...lane }) => (mayGoOn ? counted(call, db, partition, lane) : lane));
    answer.push(...(await Promise.all(some)));
  }
  return answer;
}

function entriesAfter(db: Db, partition: number, after: string | undefined, { signal, maxTimeMS }: Limits): Promise<Entry[]> {
  return db
    .collection<StoredItem>(dueCollection)
    .find(after === undefined ? { p: partition } : { p: partition, l: { $gt: after } }, {
      projection: { _id: 0, l: 1, t: 1 },
      sort: { p: 1, l: 1, t: 1, o: 1, i: 1 },
      limit: entriesAtOnce,
      batchSize: entriesAtOnce,
      signal,
      maxTimeMS,
    })
    .toArray();
}

/** Entries come lane by lane, and in each the first to fall due first. */
function byLane(entries: readonly Entry[]): readonly DueLane[] {
  const lanes: { lane: string; nextDueAt: number; waiting: number }[] = [];
  for (const { l, t } of entries) {
    const last = lanes.at(-1);
    if (last?.lane === l) last.waiting += 1;
    else lanes.push({ lane: l, nextDueAt: t, waiting: 1 });
  }
  return lanes;
}

async function counted(call: Call, db: Db, partition: number, lane: DueLane): Promise<DueLane> {
  const waiting = await call.attempt(async ({ signal, maxTimeMS }) => {
    const reply = await db.command({ count: dueCollection, query: { p: partition, l: lane.lane }, maxTimeMS }, { signal });
    return Number(reply['n']);
  });
  // It was seen with something in it: an empty lane would be none.
  return { ...lane, waiting: Math.max(waiting, 1) };
}
