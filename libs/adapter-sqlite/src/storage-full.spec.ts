import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFault } from '@hookyard/event-schemas';
import type { Collection, MessagePosition } from '@hookyard/ports';
import { openSqliteEngine, type SqliteEngine } from './engine.ts';

/** The limit on the file's size stands in for a full disk: SQLite reports both by the same code (SQLITE_FULL), from the same place. */
describe('a full data folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hookyard-full-'));
  let engine: SqliteEngine;
  let documents: Collection<{ readonly filler: string }>;

  beforeAll(async () => {
    engine = await openSqliteEngine({ folder, maxDatabaseBytes: 2 * 1024 * 1024 });
    await engine.bus.declare([{ name: 'in', partitions: 1 }, { name: 'out', partitions: 1 }]);
    documents = await engine.readModels.collection({ name: 'fillers_v1', fields: {}, indexes: [] });
  });
  afterAll(async () => {
    await engine.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const filler = 'x'.repeat(20_000);

  it('refuses what does not fit, and keeps what it acknowledged', async () => {
    let refusal: unknown;
    let stored = 0;
    for (; refusal === undefined && stored < 1_000; stored += 1) {
      await documents.upsert([{ id: `d${stored}`, revision: 1, document: { filler } }]).catch((error: unknown) => (refusal = error));
    }
    expect(isFault(refusal, 'storage_full')).toBe(true);
    expect(stored).toBeGreaterThan(50);
    expect(await documents.count()).toBe(stored - 1);
  });

  it('writes nothing by half: neither some messages of a call, nor outputs without their positions', async () => {
    const messages = (topic: string) => Array.from({ length: 100 }, (_, at) => ({ topic, key: `k${at}`, value: Buffer.alloc(10_000) }));
    await expect(engine.bus.publish(messages('in'))).rejects.toMatchObject({ code: 'storage_full' });
    const consumption = await engine.bus.consume({ group: 'g', topics: ['in'], commit: 'manual', handle: async () => {} });
    await consumption.whenCaughtUp();
    const position: MessagePosition = { topic: 'in', partition: 0, offset: 0 };
    await expect(consumption.commit([position], messages('out'))).rejects.toMatchObject({ code: 'storage_full' });
    expect(await engine.bus.offsets('in')).toEqual([{ partition: 0, low: 0, high: 0 }]);
    expect(await engine.bus.offsets('out')).toEqual([{ partition: 0, low: 0, high: 0 }]);
    expect(await engine.bus.committed('g', 'in')).toEqual(new Map());
    await expect(engine.eventStore.append('s', [{ id: 'e', type: 't', data: 'y'.repeat(1_000_000) }], 'no_stream')).rejects.toMatchObject({ code: 'storage_full' });
    expect(await engine.eventStore.read('s')).toEqual([]);
    await consumption.stop();
  });

  it('still reads, and carries out of many requests those that fit', async () => {
    const answers = await Promise.allSettled([
      documents.upsert([{ id: 'd0', revision: 2, document: { filler: 'short' } }]),
      documents.upsert([{ id: 'too large', revision: 1, document: { filler: filler.repeat(50) } }]),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect((await documents.get('d0'))?.document.filler).toBe('short');
  });

  it('works again once there is room', async () => {
    await documents.delete(Array.from({ length: 60 }, (_, at) => `d${at}`));
    expect(await engine.bus.publish([{ topic: 'in', key: 'k', value: Buffer.alloc(10_000) }])).toEqual([{ topic: 'in', partition: 0, offset: 0 }]);
    expect((await engine.eventStore.append('s', [{ id: 'e', type: 't', data: 'y' }], 'no_stream')).revision).toBe(0);
    await engine.close();
    engine = await openSqliteEngine({ folder });
    expect(await engine.bus.read({ topic: 'in', partition: 0, offset: 0 }, 10)).toHaveLength(1);
    const again = await engine.readModels.collection({ name: 'fillers_v1', fields: {}, indexes: [] });
    await again.upsert([{ id: 'more', revision: 1, document: { filler: filler.repeat(100) } }]);
  });
});
