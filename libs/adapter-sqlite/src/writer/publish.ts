import { number, type Database } from '../driver.ts';
import type { Unpacker } from '../wire/bytes.ts';
import type { Channel, Channels } from './channels.ts';
import type { Handler } from './handler.ts';

/**
 * Messages and group positions, together. The main thread has checked that every channel exists.
 * Fields: group, positions (channel, next)…, messages (channel, key, headers, value, when it was published elsewhere)…; answers the offset of each message and the time recorded.
 */
export function publishHandler(db: Database, channels: Channels): Handler {
  const insert = db.prepare('INSERT INTO log (position, channel, place, at, key, headers, value) VALUES (?, ?, ?, ?, ?, ?, ?)');
  const savePosition = db.prepare(
    'INSERT INTO positions (consumer_group, channel, next) VALUES (?, ?, ?) ON CONFLICT (consumer_group, channel) DO UPDATE SET next = excluded.next',
  );
  const supersede = compaction(db);
  return (request, answer, now) => {
    const group = request.text();
    for (let left = request.u32(); left > 0; left -= 1) savePosition.run(group, request.u32(), request.number());
    for (let left = request.u32(); left > 0; left -= 1) {
      const channel = channels.byId(request.u32());
      const key = request.text();
      const headers = request.text();
      const value = unpackValue(request);
      const { place, position, at } = channels.extend(channel, now, publishedElsewhere(request));
      insert.run(position, channel.id, place, at, key, headers, value);
      if (channel.compacted) supersede(channel, { key, position, tombstoneAt: value === null ? at : null });
      answer.number(place);
      answer.number(at);
    }
  };
}

function unpackValue(request: Unpacker): Buffer | null {
  return request.u8() === 0 ? null : request.bytes();
}

function publishedElsewhere(request: Unpacker): number | null {
  return request.u8() === 0 ? null : request.number();
}

type Newest = { readonly key: string; readonly position: number; readonly tombstoneAt: number | null };

/** Compacts as it goes: what a message supersedes is removed with the same commit, so a compacted topic never needs a clean-up. */
function compaction(db: Database): (channel: Channel, newest: Newest) => void {
  const find = db.prepare('SELECT position FROM newest WHERE channel = ? AND key = ?');
  const remove = db.prepare('DELETE FROM log WHERE position = ?');
  const save = db.prepare(
    `INSERT INTO newest (channel, key, position, tombstone_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (channel, key) DO UPDATE SET position = excluded.position, tombstone_at = excluded.tombstone_at`,
  );
  return (channel, { key, position, tombstoneAt }) => {
    const superseded = find.get(channel.id, key);
    if (superseded !== undefined) remove.run(number(superseded[0]));
    save.run(channel.id, key, position, tombstoneAt);
  };
}
