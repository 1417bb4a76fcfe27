import { number, text, type Database } from '../driver.ts';
import type { Unpacker } from '../wire/bytes.ts';
import type { Handler } from './handler.ts';

/** Fields: items (partition, id, lane, due, order, revision, value)…; answers nothing. */
export function putDueHandler(db: Database): Handler {
  const find = db.prepare('SELECT rowid, revision, lane FROM due WHERE partition = ? AND id = ?');
  const insert = db.prepare('INSERT INTO due (partition, id, lane, due_at, ord, revision, value) VALUES (?, ?, ?, ?, ?, ?, ?)');
  const replace = db.prepare('UPDATE due SET lane = ?, due_at = ?, ord = ?, revision = ?, value = ? WHERE rowid = ?');
  return (request) => {
    const lanes = laneCounts(db);
    for (let left = request.u32(); left > 0; left -= 1) {
      const item = unpackItem(request);
      const stored = find.get(item.partition, item.id);
      if (stored === undefined) {
        insert.run(item.partition, item.id, item.lane, item.dueAt, item.order, item.revision, item.value);
        lanes.add(item.partition, item.lane, 1);
      } else if (item.revision > number(stored[1])) {
        replace.run(item.lane, item.dueAt, item.order, item.revision, item.value, number(stored[0]));
        lanes.add(item.partition, text(stored[2]), -1);
        lanes.add(item.partition, item.lane, 1);
      }
    }
    lanes.save();
  };
}

/** Fields: items (partition, id, revision)…; answers nothing. */
export function completeDueHandler(db: Database): Handler {
  const remove = db.prepare('DELETE FROM due WHERE partition = ? AND id = ? AND revision <= ? RETURNING lane');
  return (request) => {
    const lanes = laneCounts(db);
    for (let left = request.u32(); left > 0; left -= 1) {
      const partition = request.u32();
      const removed = remove.get(partition, request.text(), request.number());
      if (removed !== undefined) lanes.add(partition, text(removed[0]), -1);
    }
    lanes.save();
  };
}

function unpackItem(request: Unpacker) {
  return {
    partition: request.u32(),
    id: request.text(),
    lane: request.text(),
    dueAt: request.number(),
    order: request.number(),
    revision: request.number(),
    value: request.bytes(),
  };
}

/** Sums up what one request changes, so that a lane's count is written once. */
function laneCounts(db: Database) {
  const add = db.prepare(
    'INSERT INTO due_lanes (partition, lane, waiting) VALUES (?, ?, ?) ON CONFLICT (partition, lane) DO UPDATE SET waiting = waiting + excluded.waiting',
  );
  const removeEmpty = db.prepare('DELETE FROM due_lanes WHERE partition = ? AND lane = ? AND waiting <= 0');
  const changes = new Map<number, Map<string, number>>();
  return {
    add(partition: number, lane: string, by: number): void {
      const lanes = changes.get(partition) ?? new Map<string, number>();
      changes.set(partition, lanes.set(lane, (lanes.get(lane) ?? 0) + by));
    },
    save(): void {
      for (const [partition, lanes] of changes) {
        for (const [lane, by] of lanes) {
          if (by !== 0) add.run(partition, lane, by);
          if (by < 0) removeEmpty.run(partition, lane);
        }
      }
    },
  };
}
