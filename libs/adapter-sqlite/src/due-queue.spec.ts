import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from './driver.ts';
import { openSqliteEngine, type SqliteEngine } from './engine.ts';
import { databaseFile } from './schema.ts';

/** Real but for the items: they are written straight into the file, since one by one a million would take a minute. */
describe('a due queue in which a million items wait', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hookyard-due-'));
  let engine: SqliteEngine;

  beforeAll(async () => {
    await (await openSqliteEngine({ folder })).close();
    const db = openDatabase(join(folder, databaseFile));
    db.exec(`
      PRAGMA synchronous = OFF;
      BEGIN;
      WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < 999999)
      INSERT INTO due SELECT 0, printf('dlv_%06d', n), CASE WHEN n < 900000 THEN 'dead' ELSE printf('lane-%03d', n % 100) END, n, 0, 1, x'00' FROM n;
      INSERT INTO due_lanes SELECT partition, lane, count(*) FROM due GROUP BY partition, lane;
      COMMIT;`);
    db.close();
    engine = await openSqliteEngine({ folder });
  }, 120_000);
  afterAll(async () => {
    await engine.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('answers, puts and completes as if it were empty', async () => {
    const { dueQueue } = engine;
    const rounds = 50;
    const began = performance.now();
    for (let round = 0; round < rounds; round += 1) {
      expect(await dueQueue.count([0])).toBe(1_000_000);
      expect((await dueQueue.lanes(0, { limit: 3 })).map(({ lane, waiting }) => [lane, waiting])).toEqual([['dead', 900_000], ['lane-000', 1_000], ['lane-001', 1_000]]);
      expect((await dueQueue.load({ partition: 0, lane: 'dead', dueBefore: 500_000, limit: 2 })).items.map(({ id }) => id)).toEqual(['dlv_000000', 'dlv_000001']);
      const item = { partition: 0, id: `new-${round}`, lane: 'dead', dueAt: 450_000.5, order: 0, revision: 1, value: Buffer.from('x') };
      await dueQueue.put([item]);
      await dueQueue.complete([item]);
    }
    // A single count or walk of a million rows takes longer than a whole round does (about 1 ms on an idle machine).
    expect((performance.now() - began) / rounds).toBeLessThan(40);
  });
});
