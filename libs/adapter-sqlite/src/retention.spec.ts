import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manualClock } from '@hookyard/ports/testing';
import { number, openDatabase } from './driver.ts';
import { openSqliteEngine, type SqliteEngine } from './engine.ts';
import { databaseFile } from './schema.ts';

const hourMs = 3_600_000;

describe('what the embedded engine removes', () => {
  const clock = manualClock();
  let folder: string;
  let engine: SqliteEngine;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hookyard-retention-'));
    engine = await openSqliteEngine({ folder, clock, upkeepEveryMs: 60_000 });
  });
  afterEach(async () => {
    await engine.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function rows(table: string): number {
    const db = openDatabase(join(folder, databaseFile), { readOnly: true });
    try {
      return number(db.prepare(`SELECT count(*) FROM ${table}`).get()?.[0]);
    } finally {
      db.close();
    }
  }
  const publish = (topic: string, count: number, key = 'k') =>
    engine.bus.publish(Array.from({ length: count }, (_, at) => ({ topic, key: `${key}${at}`, value: Buffer.from('v') })));

  it('are messages older than their topic keeps them; offsets go on', async () => {
    await engine.bus.declare([{ name: 'brief', partitions: 1, retentionMs: hourMs }, { name: 'lasting', partitions: 1 }]);
    await publish('brief', 1_500);
    await publish('lasting', 10);
    clock.advance(hourMs / 2);
    await publish('brief', 5);
    clock.advance(hourMs / 2);
    await engine.removeExpired();
    expect(await engine.bus.offsets('brief')).toEqual([{ partition: 0, low: 1_500, high: 1_505 }]);
    expect(rows('log')).toBe(15);
    clock.advance(hourMs);
    await engine.removeExpired();
    expect(await engine.bus.offsets('brief')).toEqual([{ partition: 0, low: 1_505, high: 1_505 }]);
    await engine.close();
    engine = await openSqliteEngine({ folder, clock });
    expect(await publish('brief', 1)).toEqual([{ topic: 'brief', partition: 0, offset: 1_505 }]);
  });

  it('are messages that a newer one of their key supersedes, at once, and tombstones after a day', async () => {
    await engine.bus.declare([{ name: 'table', partitions: 1, compacted: true, retentionMs: 1 }]);
    for (let round = 0; round < 3; round += 1) await publish('table', 4);
    await engine.bus.publish([{ topic: 'table', key: 'k0', value: null }]);
    expect(rows('log')).toBe(4);
    clock.advance(23 * hourMs);
    await engine.removeExpired();
    expect(rows('log')).toBe(4);
    clock.advance(hourMs);
    await engine.removeExpired();
    expect([rows('log'), rows('newest')]).toEqual([3, 3]);
    expect(await publish('table', 1)).toEqual([{ topic: 'table', partition: 0, offset: 13 }]);
  });

  it('are events beyond the age and the count of their stream, and those of deleted streams', async () => {
    const append = (stream: string, count: number, from = 0) =>
      engine.eventStore.append(stream, Array.from({ length: count }, (_, at) => ({ id: `${stream}${from + at}`, type: 't', data: {} })), from === 0 ? 'no_stream' : from - 1);
    for (const stream of ['counted', 'aged', 'deleted', 'kept']) await append(stream, 300);
    await engine.eventStore.setRetention('counted', { maxCount: 10 });
    await engine.eventStore.setRetention('aged', { maxAgeMs: hourMs });
    await engine.eventStore.deleteStream('deleted');
    await engine.removeExpired();
    expect(rows('log')).toBe(10 + 300 + 300);
    clock.advance(hourMs);
    await append('aged', 1, 300);
    await engine.removeExpired();
    expect(rows('log')).toBe(10 + 1 + 300);
    expect((await engine.eventStore.read('aged')).map(({ revision }) => revision)).toEqual([300]);
    expect((await append('deleted', 1, 300)).revision).toBe(300);
  });

  it('are documents past their time; all of it by itself, too', async () => {
    const documents = await engine.readModels.collection({ name: 'd_v1', fields: {}, indexes: [] });
    await documents.upsert(Array.from({ length: 500 }, (_, at) => ({ id: `d${at}`, revision: 1, document: {}, expiresAt: clock.now() + (at < 450 ? 1_000 : hourMs) })));
    clock.advance(60_000);
    // Commits go on while the slices of the sweep ride along with them.
    for (let left = 200; left > 0 && rows('documents_1') > 50; left -= 1) await documents.upsert([{ id: 'd499', revision: 1, document: {} }]);
    expect(rows('documents_1')).toBe(50);
  });
});
