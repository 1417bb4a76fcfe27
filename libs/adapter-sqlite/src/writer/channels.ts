import { number, type Database } from '../driver.ts';
import type { Remembering } from './handler.ts';

/** A partition or a stream as the writer knows it. */
export type Channel = {
  readonly id: number;
  readonly compacted: boolean;
  /** The place that the next entry gets. */
  next: number;
  /** When the newest entry was taken: times do not go back within a channel, so that one can be searched for; save by what those from elsewhere bring along. */
  lastAt: number;
};

export interface Channels extends Remembering {
  byId(id: number): Channel;
  stream(name: string): Channel | undefined;
  createStream(name: string): Channel;
  /** Gives the channel's next place and the log's next position, and the time to record for `now`: what came from `elsewhere` keeps its own. */
  extend(channel: Channel, now: number, elsewhere?: number | null): { readonly place: number; readonly position: number; readonly at: number };
}

// About 200 bytes each; forgetting them all costs one indexed read for each that is used again.
const mostRemembered = 20_000;

export function channels(db: Database): Channels {
  const known = new Map<number, Channel>();
  const streams = new Map<string, Channel>();
  const extended = new Set<Channel>();
  let position: number | undefined;

  const find = db.prepare('SELECT id, compacted, next FROM channels WHERE id = ?');
  const findStream = db.prepare(`SELECT id, compacted, next FROM channels WHERE kind = 'stream' AND name = ? AND partition = 0`);
  const insertStream = db.prepare(`INSERT INTO channels (kind, name) VALUES ('stream', ?) RETURNING id, compacted, next`);
  const lastTime = db.prepare('SELECT at FROM log WHERE channel = ? ORDER BY place DESC LIMIT 1');
  const saveNext = db.prepare('UPDATE channels SET next = ? WHERE id = ?');
  const savePosition = db.prepare(`UPDATE counters SET value = ? WHERE name = 'position'`);
  const loadPosition = db.prepare(`SELECT value FROM counters WHERE name = 'position'`);

  const remember = (row: readonly unknown[] | undefined): Channel | undefined => {
    if (row === undefined) return undefined;
    const [id, compacted, next] = row as readonly [number, number, number];
    const channel = { id, compacted: compacted === 1, next, lastAt: number(lastTime.get(id)?.[0] ?? 0) };
    known.set(id, channel);
    return channel;
  };
  const rememberStream = (name: string, channel: Channel | undefined): Channel | undefined => {
    if (channel !== undefined) streams.set(name, channel);
    return channel;
  };
  const forget = (): void => {
    known.clear();
    streams.clear();
    extended.clear();
    position = undefined;
  };

  return {
    byId(id) {
      const channel = known.get(id) ?? remember(find.get(id));
      if (channel === undefined) throw new Error(`there is no channel ${id}`);
      return channel;
    },
    stream: (name) => streams.get(name) ?? rememberStream(name, remember(findStream.get(name))),
    createStream: (name) => rememberStream(name, remember(insertStream.get(name))) as Channel,
    extend(channel, now, elsewhere = null) {
      position = (position ?? number(loadPosition.get()?.[0])) + 1;
      extended.add(channel);
      channel.lastAt = Math.max(channel.lastAt, elsewhere ?? now);
      return { place: channel.next++, position, at: elsewhere ?? channel.lastAt };
    },
    flush() {
      for (const channel of extended) saveNext.run(channel.next, channel.id);
      if (extended.size > 0 && position !== undefined) savePosition.run(position);
      extended.clear();
      if (known.size > mostRemembered) forget();
    },
    forget,
  };
}
