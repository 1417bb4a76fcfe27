import { number, text, type Database } from '../driver.ts';
import { createCollectionSql, createIndexSql, documentTable } from '../collection-tables.ts';
import type { Controls } from '../wire/requests.ts';
import type { Channels } from './channels.ts';
import { Refused, type Handler } from './handler.ts';
import { sweepLog } from './sweep.ts';

type ControlHandlers = { readonly [Name in keyof Controls]: (asked: Controls[Name]['asks'], now: number) => Controls[Name]['answers'] };

/** The rare requests. Fields: name, JSON; answers JSON. */
export function controlHandler(db: Database, channels: Channels): Handler {
  const handlers: ControlHandlers = {
    declareTopic: (topic) => declareTopic(db, channels, topic),
    setRetention({ stream, maxAgeMs, maxCount }) {
      const channel = channels.stream(stream) ?? channels.createStream(stream);
      db.prepare('UPDATE channels SET max_age_ms = ?, max_count = ? WHERE id = ?').run(maxAgeMs, maxCount, channel.id);
      return null;
    },
    deleteStream({ stream }) {
      channels.flush();
      db.prepare(`UPDATE channels SET first = next WHERE kind = 'stream' AND name = ?`).run(stream);
      return null;
    },
    createCollection: (shape) => createCollection(db, shape),
    dropCollection({ name }) {
      dropCollection(db, name);
      return null;
    },
    replaceCollection({ name, by }) {
      const replacing = db.prepare('SELECT id FROM collections WHERE name = ?').get(by);
      if (replacing === undefined) throw new Refused('not_found', { collection: by });
      dropCollection(db, name);
      db.prepare('UPDATE collections SET name = ? WHERE id = ?').run(name, number(replacing[0]));
      return null;
    },
    sweepCollection({ id, now, limit }) {
      const table = documentTable(id);
      const expired = `SELECT rowid FROM ${table} WHERE expires_at IS NOT NULL AND expires_at <= ? LIMIT ?`;
      return { removed: db.prepare(`DELETE FROM ${table} WHERE rowid IN (${expired})`).run(now, limit).changes };
    },
    sweepLog: ({ after }, now) => ({ next: sweepLog(db, after, now) }),
  };
  return (request, answer, now) => {
    const name = request.text() as keyof Controls;
    // The name selects a handler together with the type of what it asks; TypeScript cannot follow that through a union.
    const handle = handlers[name] as (asked: unknown, now: number) => unknown;
    answer.text(JSON.stringify(handle(JSON.parse(request.text()), now)));
  };
}

function declareTopic(db: Database, channels: Channels, topic: Controls['declareTopic']['asks']): Controls['declareTopic']['answers'] {
  const find = db.prepare(`SELECT id, compacted FROM channels WHERE kind = 'topic' AND name = ? ORDER BY partition`);
  const existing = find.all(topic.name);
  const compacted = topic.compacted ? 1 : 0;
  if (existing.length === 0) {
    const insert = db.prepare(`INSERT INTO channels (kind, name, partition, compacted) VALUES ('topic', ?, ?, ?)`);
    for (let partition = 0; partition < topic.partitions; partition += 1) insert.run(topic.name, partition, compacted);
  } else if (existing.length !== topic.partitions || existing.some(([, stored]) => stored !== compacted)) {
    throw new Refused('topic_mismatch', {
      topic: topic.name,
      declared: { partitions: topic.partitions, compacted: topic.compacted },
      existing: { partitions: existing.length, compacted: existing[0]?.[1] === 1 },
    });
  }
  // A compacted topic keeps the newest of each key for ever.
  const maxAgeMs = topic.compacted ? null : topic.retentionMs;
  db.prepare(`UPDATE channels SET max_age_ms = ? WHERE kind = 'topic' AND name = ?`).run(maxAgeMs, topic.name);
  return {
    name: topic.name,
    channels: find.all(topic.name).map(([id]) => ({ id: number(id), next: channels.byId(number(id)).next })),
  };
}

function dropCollection(db: Database, name: string): void {
  const dropped = db.prepare('DELETE FROM collections WHERE name = ? RETURNING id').get(name);
  if (dropped !== undefined) db.exec(`DROP TABLE ${documentTable(number(dropped[0]))}`);
}

function createCollection(db: Database, { name, fields, indexes }: Controls['createCollection']['asks']): Controls['createCollection']['answers'] {
  const declared = JSON.stringify(Object.fromEntries(Object.entries(fields).sort(([one], [other]) => (one < other ? -1 : 1))));
  const existing = db.prepare('SELECT id, fields FROM collections WHERE name = ?').get(name);
  if (existing !== undefined && text(existing[1]) !== declared) {
    throw new Refused('collection_mismatch', { collection: name, declared: fields, existing: JSON.parse(text(existing[1])) as unknown });
  }
  const id = number((existing ?? db.prepare('INSERT INTO collections (name, fields) VALUES (?, ?) RETURNING id').get(name, declared))?.[0]);
  if (existing === undefined) db.exec(createCollectionSql(id, Object.keys(fields)));
  for (const index of indexes) db.exec(createIndexSql(id, index));
  return { id };
}
