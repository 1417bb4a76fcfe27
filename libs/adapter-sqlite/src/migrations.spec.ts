import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase, type Database } from './driver.ts';
import { openSqliteEngine } from './engine.ts';
import { currentFormat, formatOf } from './migrations.ts';
import { databaseFile } from './schema.ts';

/** A file as format 1 left it. Written down once and never changed: that is what makes it a fixture. */
const format1 = `
  PRAGMA application_id = 1214994788;
  PRAGMA user_version = 1;
  CREATE TABLE channels (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('topic', 'stream')), name TEXT NOT NULL, partition INTEGER NOT NULL DEFAULT 0,
    next INTEGER NOT NULL DEFAULT 0, first INTEGER NOT NULL DEFAULT 0, compacted INTEGER NOT NULL DEFAULT 0, max_age_ms INTEGER, max_count INTEGER,
    UNIQUE (kind, name, partition)
  ) STRICT;
  CREATE INDEX channels_swept ON channels (id) WHERE max_age_ms IS NOT NULL OR max_count IS NOT NULL OR first > 0;
  CREATE TABLE log (
    position INTEGER PRIMARY KEY, channel INTEGER NOT NULL, place INTEGER NOT NULL, at INTEGER NOT NULL,
    key TEXT NOT NULL, headers TEXT NOT NULL, value BLOB, event_id TEXT
  ) STRICT;
  CREATE UNIQUE INDEX log_by_place ON log (channel, place);
  CREATE INDEX log_events ON log (position, channel) WHERE event_id IS NOT NULL;
  CREATE TABLE newest (channel INTEGER NOT NULL, key TEXT NOT NULL, position INTEGER NOT NULL, tombstone_at INTEGER, PRIMARY KEY (channel, key)) STRICT, WITHOUT ROWID;
  CREATE INDEX newest_tombstones ON newest (tombstone_at) WHERE tombstone_at IS NOT NULL;
  CREATE TABLE positions (consumer_group TEXT NOT NULL, channel INTEGER NOT NULL, next INTEGER NOT NULL, PRIMARY KEY (consumer_group, channel)) STRICT, WITHOUT ROWID;
  CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE collections (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, fields TEXT NOT NULL) STRICT;
  CREATE TABLE due (
    partition INTEGER NOT NULL, id TEXT NOT NULL, lane TEXT NOT NULL, due_at REAL NOT NULL, ord REAL NOT NULL, revision REAL NOT NULL, value BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX due_by_id ON due (partition, id);
  CREATE INDEX due_in_order ON due (partition, lane, due_at, ord, id);

  INSERT INTO channels (id, kind, name, partition, next) VALUES (1, 'topic', 'events', 0, 1), (2, 'stream', 'webhook-1', 0, 1);
  INSERT INTO log VALUES (1, 1, 0, 1767225600000, 'k', '{"h":"v"}', x'6869', NULL), (2, 2, 0, 1767225600000, 'Created', '{}', x'7b7d', 'e1');
  INSERT INTO counters VALUES ('position', 2);
  INSERT INTO positions VALUES ('matcher', 1, 1);
  INSERT INTO due VALUES (3, 'a', 'slow', 10, 0, 1, x'61'), (3, 'b', 'slow', 5, 0, 1, x'62'), (3, 'c', 'quick', 7, 0, 1, x'63'), (4, 'd', 'slow', 1, 0, 1, x'64');
`;

function inFile<Answer>(folder: string, work: (db: Database) => Answer): Answer {
  const db = openDatabase(join(folder, databaseFile));
  try {
    return work(db);
  } finally {
    db.close();
  }
}

describe('a data folder of format 1', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hookyard-format-1-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is brought to the current format with all that it holds', async () => {
    inFile(folder, (db) => db.exec(format1));
    const { bus, eventStore, dueQueue, close } = await openSqliteEngine({ folder });
    expect(await bus.read({ topic: 'events', partition: 0, offset: 0 }, 9)).toMatchObject([{ key: 'k', value: Buffer.from('hi'), headers: { h: 'v' } }]);
    expect(await bus.committed('matcher', 'events')).toEqual(new Map([[0, 1]]));
    expect(await eventStore.read('webhook-1')).toMatchObject([{ id: 'e1', type: 'Created', position: 2 }]);
    expect(await dueQueue.lanes(3, { limit: 9 })).toEqual([
      { lane: 'quick', nextDueAt: 7, waiting: 1 },
      { lane: 'slow', nextDueAt: 5, waiting: 2 },
    ]);
    expect(await dueQueue.count([3, 4])).toBe(4);
    await dueQueue.complete([{ partition: 3, id: 'c', revision: 1 }]);
    expect(await dueQueue.lanes(3, { limit: 9 })).toHaveLength(1);
    await close();
    expect(inFile(folder, formatOf)).toBe(currentFormat);
  });

  it('is left as it was when a step fails', async () => {
    const other = mkdtempSync(join(tmpdir(), 'hookyard-format-1-'));
    try {
      inFile(other, (db) => db.exec(`${format1} CREATE TABLE due_lanes (in_the_way);`));
      await expect(openSqliteEngine({ folder: other })).rejects.toThrow('due_lanes');
      expect(inFile(other, formatOf)).toBe(1);
    } finally {
      rmSync(other, { recursive: true, force: true });
    }
  });
});
