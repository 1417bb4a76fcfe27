/** The data folder holds one database; its format is numbered by `user_version` and moved forward by `migrations.ts`. */
export const databaseFile = 'hookyard.db';

/** "HkYd": tells our file from any other SQLite database. */
export const applicationId = 0x486b5964;

/**
 * One append-only log with two faces. A channel is a partition of a topic, or a stream; a place in it is an offset, or a revision;
 * the position orders the whole log. `next` outlives the entries, so that no place is ever given twice.
 */
export const logTables = `
CREATE TABLE channels (
  id         INTEGER PRIMARY KEY,
  kind       TEXT    NOT NULL CHECK (kind IN ('topic', 'stream')),
  name       TEXT    NOT NULL,
  partition  INTEGER NOT NULL DEFAULT 0,
  next       INTEGER NOT NULL DEFAULT 0,
  -- What lies below is hidden, and removed in time.
  first      INTEGER NOT NULL DEFAULT 0,
  compacted  INTEGER NOT NULL DEFAULT 0,
  max_age_ms INTEGER,
  max_count  INTEGER,
  UNIQUE (kind, name, partition)
) STRICT;
CREATE INDEX channels_swept ON channels (id) WHERE max_age_ms IS NOT NULL OR max_count IS NOT NULL OR first > 0;

CREATE TABLE log (
  position INTEGER PRIMARY KEY,
  channel  INTEGER NOT NULL,
  place    INTEGER NOT NULL,
  at       INTEGER NOT NULL,
  -- The key of a message, the type of an event.
  key      TEXT    NOT NULL,
  -- JSON: the headers of a message, the metadata of an event.
  headers  TEXT    NOT NULL,
  -- The bytes of a message (null: a tombstone), the data of an event as JSON.
  value    BLOB,
  -- Events alone have one.
  event_id TEXT
) STRICT;
CREATE UNIQUE INDEX log_by_place ON log (channel, place);
CREATE INDEX log_events ON log (position, channel) WHERE event_id IS NOT NULL;

-- The newest message of each key of a compacted topic.
CREATE TABLE newest (
  channel      INTEGER NOT NULL,
  key          TEXT    NOT NULL,
  position     INTEGER NOT NULL,
  tombstone_at INTEGER,
  PRIMARY KEY (channel, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX newest_tombstones ON newest (tombstone_at) WHERE tombstone_at IS NOT NULL;

-- Where each group goes on reading.
CREATE TABLE positions (
  consumer_group TEXT    NOT NULL,
  channel        INTEGER NOT NULL,
  next           INTEGER NOT NULL,
  PRIMARY KEY (consumer_group, channel)
) STRICT, WITHOUT ROWID;

CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO counters VALUES ('position', 0);
`;

/** Read models: the catalogue. Each collection has a table of its own (`collection-tables.ts`). */
export const collectionTables = `
CREATE TABLE collections (
  id     INTEGER PRIMARY KEY,
  name   TEXT NOT NULL UNIQUE,
  -- JSON: the declared fields and their types.
  fields TEXT NOT NULL
) STRICT;
`;

/** Work that waits. */
export const dueTables = `
CREATE TABLE due (
  partition INTEGER NOT NULL,
  id        TEXT    NOT NULL,
  lane      TEXT    NOT NULL,
  due_at    REAL    NOT NULL,
  ord       REAL    NOT NULL,
  revision  REAL    NOT NULL,
  value     BLOB    NOT NULL
) STRICT;
CREATE UNIQUE INDEX due_by_id ON due (partition, id);
CREATE INDEX due_in_order ON due (partition, lane, due_at, ord, id);
`;

/** How much waits in each lane, kept along with every change, so that nobody ever counts a million rows. */
export const dueLaneCounts = `
CREATE TABLE due_lanes (
  partition INTEGER NOT NULL,
  lane      TEXT    NOT NULL,
  waiting   INTEGER NOT NULL,
  PRIMARY KEY (partition, lane)
) STRICT, WITHOUT ROWID;
INSERT INTO due_lanes SELECT partition, lane, count(*) FROM due GROUP BY partition, lane;
`;
