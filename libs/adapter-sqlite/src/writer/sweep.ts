import { number, type Database } from '../driver.ts';

// A slice rides along with whatever else is being committed; these keep it to a millisecond or two.
const rowsInSlice = 200;
const channelsInSlice = 50;

/** How long a follower that remembers a place in a compacted topic may stay away and still see what was removed. As Kafka's delete.retention.ms. */
export const tombstonesKeptMs = 24 * 3_600_000;

type SweptChannel = { readonly id: number; readonly next: number; readonly first: number; readonly maxAgeMs: number | null; readonly maxCount: number | null };

/** Removes one slice of what retention hides, from the channel after `after` on; answers where to go on, or null at the end. */
export function sweepLog(db: Database, after: number, now: number): number | null {
  sweepTombstones(db, now);
  const swept = db
    .prepare(
      `SELECT id, next, first, max_age_ms, max_count FROM channels INDEXED BY channels_swept
       WHERE id > ? AND (max_age_ms IS NOT NULL OR max_count IS NOT NULL OR first > 0) ORDER BY id LIMIT ?`,
    )
    .all(after, channelsInSlice)
    .map(([id, next, first, maxAgeMs, maxCount]) => ({ id, next, first, maxAgeMs, maxCount }) as SweptChannel);
  let budget = rowsInSlice;
  for (const channel of swept) {
    const removed = sweepChannel(db, channel, now, budget);
    budget -= removed;
    if (budget <= 0) return channel.id - 1;
  }
  return swept.length < channelsInSlice ? null : (swept.at(-1)?.id ?? null);
}

/** What is hidden is always the oldest part of a channel. */
function sweepChannel(db: Database, channel: SweptChannel, now: number, limit: number): number {
  const oldest = db.prepare('SELECT place, at FROM log WHERE channel = ? ORDER BY place LIMIT ?').all(channel.id, limit);
  const hiddenBelow = Math.max(channel.first, channel.maxCount === null ? 0 : channel.next - channel.maxCount);
  const hiddenUpTo = channel.maxAgeMs === null ? -Infinity : now - channel.maxAgeMs;
  const kept = oldest.findIndex(([place, at]) => number(place) >= hiddenBelow && number(at) > hiddenUpTo);
  const removed = kept < 0 ? oldest : oldest.slice(0, kept);
  const last = removed.at(-1);
  if (last !== undefined) db.prepare('DELETE FROM log WHERE channel = ? AND place <= ?').run(channel.id, number(last[0]));
  return removed.length;
}

function sweepTombstones(db: Database, now: number): void {
  const old = db
    .prepare('SELECT channel, key, position FROM newest WHERE tombstone_at IS NOT NULL AND tombstone_at <= ? ORDER BY tombstone_at LIMIT ?')
    .all(now - tombstonesKeptMs, rowsInSlice);
  for (const [channel, key, position] of old) {
    db.prepare('DELETE FROM log WHERE position = ?').run(number(position));
    db.prepare('DELETE FROM newest WHERE channel = ? AND key = ?').run(number(channel), key as string);
  }
}
