import { number, type Database } from '../driver.ts';
import type { Unpacker } from '../wire/bytes.ts';
import type { Channels } from './channels.ts';
import { Refused, type Handler } from './handler.ts';

/** `expected` of a stream that has never been written. */
export const noStream = -1;

type PackedEvent = { readonly id: string; readonly type: string; readonly data: Buffer; readonly metadata: string };
type Standing = { readonly revision: number; readonly position: number };

/** Fields: stream, expected revision, events (id, type, data, metadata)…; answers revision, position and whether it was a repeat. */
export function appendHandler(db: Database, channels: Channels): Handler {
  const insert = db.prepare('INSERT INTO log (position, channel, place, at, key, headers, value, event_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  const standing = standingEvents(db);
  return (request, answer, now) => {
    const stream = request.text();
    const expected = request.number();
    const events = unpackEvents(request);
    const channel = channels.stream(stream);
    const current = (channel?.next ?? 0) - 1;
    const reply = (last: Standing, repeated: boolean): void => {
      answer.number(last.revision);
      answer.number(last.position);
      answer.u8(repeated ? 1 : 0);
    };
    if (expected !== current) {
      const repeated = channel === undefined ? undefined : standing(channel.id, expected, events);
      if (repeated === undefined) throw new Refused('version_conflict', { stream, expected: expected === noStream ? 'no_stream' : expected, current });
      reply(repeated, true);
      return;
    }
    const target = channel ?? channels.createStream(stream);
    let last: Standing = { revision: current, position: 0 };
    for (const { id, type, data, metadata } of events) {
      const { place, position, at } = channels.extend(target, now);
      insert.run(position, target.id, place, at, type, metadata, data, id);
      last = { revision: place, position };
    }
    reply(last, false);
  };
}

function unpackEvents(request: Unpacker): readonly PackedEvent[] {
  const events: PackedEvent[] = [];
  for (let left = request.u32(); left > 0; left -= 1) {
    events.push({ id: request.text(), type: request.text(), data: request.bytes(), metadata: request.text() });
  }
  return events;
}

/** Where these very events stand already, right after the expected revision; undefined when others do. */
function standingEvents(db: Database): (channel: number, expected: number, events: readonly PackedEvent[]) => Standing | undefined {
  const read = db.prepare('SELECT place, position, event_id FROM log WHERE channel = ? AND place > ? ORDER BY place LIMIT ?');
  return (channel, expected, events) => {
    const rows = read.all(channel, expected, events.length);
    const last = rows.at(-1);
    if (last === undefined || rows.length < events.length) return undefined;
    const same = rows.every(([place, , id], at) => place === expected + 1 + at && id === events[at]?.id);
    return same ? { revision: number(last[0]), position: number(last[1]) } : undefined;
  };
}
