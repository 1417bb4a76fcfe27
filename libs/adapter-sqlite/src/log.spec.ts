import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manualClock } from '@hookyard/ports/testing';
import { openSqliteEngine, type SqliteEngine } from './engine.ts';

describe.each([['from memory', undefined], ['from disk', 0]])('a long topic, read %s', (_, tailBytes) => {
  const clock = manualClock();
  const folder = mkdtempSync(join(tmpdir(), 'hookyard-log-'));
  let engine: SqliteEngine;

  beforeAll(async () => {
    engine = await openSqliteEngine({ folder, clock, ...(tailBytes === undefined ? {} : { tailBytes }) });
    await engine.bus.declare([{ name: 't', partitions: 1 }, { name: 'table', partitions: 1, compacted: true }]);
    for (let hundred = 0; hundred < 10; hundred += 1) {
      await engine.bus.publish(Array.from({ length: 100 }, (_each, at) => ({ topic: 't', key: `k${at}`, value: Buffer.from(`${hundred * 100 + at}`) })));
      clock.advance(1_000);
    }
  });
  afterAll(async () => {
    await engine.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is answered whole, up to the limit', async () => {
    const read = async (offset: number, limit: number) => (await engine.bus.read({ topic: 't', partition: 0, offset }, limit)).map((message) => Number(message.value));
    expect(await read(0, 5_000)).toEqual(Array.from({ length: 1_000 }, (_each, at) => at));
    expect(await read(300, 600)).toEqual(Array.from({ length: 600 }, (_each, at) => 300 + at));
    expect(await read(1_000, 10)).toEqual([]);
  });

  it('is entered at any time', async () => {
    const start = clock.now() - 10_000;
    for (const [time, offset] of [[start - 1, 0], [start, 0], [start + 1, 100], [start + 4_000, 400], [start + 8_999, 900], [start + 9_001, 1_000]] as const) {
      expect([time - start, (await engine.bus.offsetsAt('t', time)).get(0)]).toEqual([time - start, offset]);
    }
  });

  it('takes the time of a message from a clock that goes back as not before the one in front of it', async () => {
    clock.advance(-5_000);
    await engine.bus.publish([{ topic: 'table', key: 'a', value: null }]);
    const [before] = await engine.bus.read({ topic: 't', partition: 0, offset: 999 }, 1);
    await engine.bus.publish([{ topic: 't', key: 'late', value: null }]);
    const [late] = await engine.bus.read({ topic: 't', partition: 0, offset: 1_000 }, 1);
    expect(late?.publishedAt).toBe(before?.publishedAt);
    clock.advance(5_000);
  });
});
