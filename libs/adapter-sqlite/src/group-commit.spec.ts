import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteEngine, type SqliteEngine } from './engine.ts';

describe('requests that are committed together', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hookyard-group-'));
  let engine: SqliteEngine;

  beforeAll(async () => {
    engine = await openSqliteEngine({ folder, maxWaitingBytes: 1_000_000 });
    await engine.bus.declare([{ name: 't', partitions: 1 }]);
  });
  afterAll(async () => {
    await engine.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const publish = (text: string) => engine.bus.publish([{ topic: 't', key: text, value: Buffer.from(text) }]);
  const append = (id: string) => engine.eventStore.append('stream', [{ id, type: 't', data: {} }], 'no_stream');

  it('do not suffer from one that is refused', async () => {
    const answers = await Promise.allSettled([publish('a'), append('first'), append('second'), publish('b')]);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(answers[2]).toMatchObject({ reason: { code: 'version_conflict', details: { stream: 'stream', expected: 'no_stream', current: 0 } } });
    expect((await engine.eventStore.read('stream')).map(({ id }) => id)).toEqual(['first']);
  });

  it('do not suffer from one that breaks, and are carried out once', async () => {
    const documents = await engine.readModels.collection({ name: 'd_v1', fields: {}, indexes: [] });
    const before = (await engine.bus.offsets('t'))[0]?.high ?? 0;
    const answers = await Promise.allSettled([
      publish('c'),
      documents.upsert([{ id: 'good', revision: 1, document: {} }]),
      documents.upsert([{ id: 'well', revision: 1, document: {} }, { id: 'bad', revision: Number.NaN, document: {} }]),
      publish('d'),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(answers[2]).toMatchObject({ reason: { message: expect.stringContaining('revision') } });
    expect((await engine.bus.read({ topic: 't', partition: 0, offset: before }, 9)).map(({ key }) => key)).toEqual(['c', 'd']);
    expect((await documents.query({ limit: 9 })).items.map(({ id }) => id)).toEqual(['good']);
  });

  it('leave out what cannot be made into a request', async () => {
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    const answers = await Promise.allSettled([publish('e'), engine.eventStore.append('cyclic', [{ id: 'x', type: 't', data: cyclic }], 'no_stream'), publish('f')]);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await engine.eventStore.read('cyclic')).toEqual([]);
  });

  it('are refused as too many once more bytes wait than may', async () => {
    const value = Buffer.alloc(100_000);
    const answers = await Promise.allSettled(Array.from({ length: 30 }, () => engine.bus.publish([{ topic: 't', key: 'k', value }])));
    const refused = answers.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(10);
    expect(refused[0]).toMatchObject({ reason: { code: 'overloaded' } });
    await publish('later');
  });
});
