import { createHash } from 'node:crypto';
import { readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { eventsCollection, topics } from '@hookyard/event-schemas';
import { until } from '@hookyard/ports/testing';
import { environmentOf, folders, openFolder, receiver, startServices, stopServices } from './installation-harness.ts';
import { exportInstallation } from './move/export.ts';
import { importInstallation } from './move/import.ts';
import { runCommand } from './run-command.ts';

describe('moving an installation', () => {
  const made = folders();
  const [up, down] = [receiver(), receiver()];
  let source: string;
  let file: string;
  const lines: string[] = [];
  const say = (line: string): void => void lines.push(line);

  const run = (name: 'export' | 'import', folder: string, from = file, more = {}) => runCommand({ name, file: from }, environmentOf(folder, more), say);

  beforeAll(async () => {
    source = await made.fresh();
    file = join(await made.fresh(), 'moved.gz');
    (await down).down(true);
    const { call, emit, stop, engine } = await startServices(source);
    for (const [name, { url }, schedule] of [['up', await up, [1_000]], ['down', await down, [60_000]]] as const) {
      expect((await call('POST', '/default/webhooks', { name, url, eventTypes: ['order.*'], retryScheduleMs: schedule })).status).toBe(201);
    }
    const gone = await call('POST', '/default/webhooks', { name: 'gone', url: 'https://gone.example/', eventTypes: ['none'] });
    await call('DELETE', `/default/webhooks/${(gone.body as { id: string }).id}`);
    await call('PUT', '/default/event-types/order.placed', { description: 'A "text"\u2028 with all sorts of ends\r\n', validation: 'off' });
    await call('POST', '/default/tokens', { name: 'for a test', scopes: ['events:write'] });
    for (let at = 0; at < 30; at += 1) expect((await emit(`e${at}`, at % 10 === 9 ? 'other' : 'order.placed')).status).toBe(202);
    // A repeat of an event takes up an offset and leads to nothing.
    await emit('e3');
    await until(async () => (await up).got.length === 27 && (await down).refused() === 27);
    await until(async () => (await engine.bus.lag('delivery-log', topics.attempts)).every(({ messages }) => messages === 0));
    await stop();
  });
  afterEach(stopServices);
  afterAll(async () => {
    await (await up).stop();
    await (await down).stop();
    await made.remove();
  });

  it('writes everything but the master key into one file that only its owner can read', async () => {
    expect(await run('export', source)).toBe(true);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const text = gunzipSync(await readFile(file)).toString('utf8');
    expect(text).not.toContain(environmentOf(source)['HOOKYARD_MASTER_KEY']);
    const trailer = JSON.parse(text.trimEnd().split('\n').at(-1) ?? '') as { kind: string; sha256: string };
    expect(trailer).toMatchObject({ kind: 'trailer', sha256: createHash('sha256').update(text.slice(0, text.lastIndexOf('{"kind":"trailer"'))).digest('hex') });
    expect(lines.join('\n')).toMatch(/deliveries_v1: 54 documents, sha256 [0-9a-f]{64}/);
  });

  it('makes an empty installation what the other one was, and goes on there', async () => {
    const target = await made.fresh();
    lines.length = 0;
    expect(await run('import', target)).toBe(true);
    expect(lines.filter((line) => line.endsWith(', equal')).length).toBe(7);
    expect(await runCommand({ name: 'rebuild', models: [], isCheck: true }, environmentOf(target), say)).toBe(true);

    const before = Math.max(...(await up).got.map(({ sequence }) => sequence));
    (await up).got.length = 0;
    const { call, emit, stop, engine } = await startServices(target);
    expect(((await call('GET', '/default/webhooks')).body as { items: unknown[] }).items).toHaveLength(2);
    expect(((await call('GET', '/default/deliveries?limit=100')).body as { items: unknown[] }).items).toHaveLength(54);
    for (let at = 100; at < 105; at += 1) await emit(`e${at}`);
    expect((await emit('e3')).body).toMatchObject({ accepted: [{ id: 'e3', duplicate: true }] });
    await until(async () => (await up).got.length === 5 && (await down).refused() === 32);
    const sequences = (await up).got.map(({ sequence }) => sequence);
    expect(Math.min(...sequences)).toBeGreaterThan(before);
    expect(new Set(sequences).size).toBe(5);
    await until(async () => (await engine.dueQueue.count([0, 1, 2])) === 32);
    await stop();
  });

  it('has the same offsets, times, places and waiting work', async () => {
    const target = await made.fresh();
    expect(await run('import', target)).toBe(true);
    const [one, other] = [await openFolder(source), await openFolder(target)];
    for (const topic of [topics.events, topics.deliveries, topics.attempts]) {
      expect(await other.engine.bus.offsets(topic)).toEqual(await one.engine.bus.offsets(topic));
      for (const { partition } of await one.engine.bus.offsets(topic)) {
        expect(await other.engine.bus.read({ topic, partition, offset: 0 }, 1_000)).toEqual(await one.engine.bus.read({ topic, partition, offset: 0 }, 1_000));
      }
      for (const group of ['matcher', 'dispatcher', 'delivery-log']) expect(await other.engine.bus.committed(group, topic)).toEqual(await one.engine.bus.committed(group, topic));
    }
    for (const partition of [0, 1, 2]) expect(await other.engine.dueQueue.scan(partition, { limit: 100 })).toEqual(await one.engine.dueQueue.scan(partition, { limit: 100 }));
    const places = (events: readonly { stream: string; revision: number; id: string }[]) => events.map(({ stream, revision, id }) => `${stream} ${revision} ${id}`).sort();
    expect(places(await other.engine.eventStore.readAll())).toEqual(places(await one.engine.eventStore.readAll()));
    await Promise.all([one.close(), other.close()]);
  });

  it('can be begun again after it was cut off, and not a second time', async () => {
    const target = await made.fresh();
    const { engine, settings, own, masterKey, clock, close } = await openFolder(target);
    let published = 0;
    const bus: typeof engine.bus = { ...engine.bus, publish: async (messages) => ((published += messages.length) > 40 ? Promise.reject(new Error('cut off')) : engine.bus.publish(messages)) };
    await expect(importInstallation({ engine: { ...engine, bus }, settings, own, masterKey, clock }, file, say)).rejects.toThrow('cut off');
    await close();
    expect(await run('import', target)).toBe(true);
    await expect(run('import', target)).rejects.toThrow('has been imported here already');
  });

  it('refuses what is damaged or cut off, and writes nothing', async () => {
    const target = await made.fresh();
    const damaged = join(await made.fresh(), 'damaged.gz');
    const text = gunzipSync(await readFile(file)).toString('utf8');
    for (const [content, reason] of [
      [gzipSync(text.replace('"e7"', '"e8"').replace('order.placed', 'order.lost')), 'is not as it was written'],
      [gzipSync(text.slice(0, -200)), 'is damaged'],
      [gzipSync(`${text}{"kind":"event"}\n`), 'something follows its end'],
      [gzipSync('{"kind":"other"}\n'), 'no export of Hookyard'],
      [gzipSync(text.replace('"version":1', '"version":9')), 'version 9'],
      [Buffer.from('no gzip'), 'not compressed'],
    ] as const) {
      await writeFile(damaged, content);
      await expect(run('import', target, damaged)).rejects.toThrow(reason);
    }
    await writeFile(damaged, await readFile(file));
    await truncate(damaged, (await stat(file)).size - 100);
    await expect(run('import', target, damaged)).rejects.toThrow('its end is missing');
    await expect(run('import', target, join(target, 'none.gz'))).rejects.toThrow('There is no file');
    expect(await run('import', target)).toBe(true);
  });

  it('refuses a target that is not empty, has another key, or other partitions, and a file that is there', async () => {
    await expect(run('import', source)).rejects.toThrow('not empty');
    await expect(run('import', await made.fresh(), file, { HOOKYARD_MASTER_KEY: Buffer.alloc(32, 8).toString('base64') })).rejects.toThrow('not the one of the export');
    await expect(run('import', await made.fresh(), file, { HOOKYARD_MASTER_KEY: '' })).rejects.toThrow('There is no master key here');
    await expect(run('import', await made.fresh(), file, { HOOKYARD_PARTITIONS: '4' })).rejects.toThrow('3 partitions');
    await expect(run('export', source)).rejects.toThrow('There is a file');
  });

  it('refuses to work on what a running host has open', async () => {
    const { stop } = await startServices(source);
    await expect(run('export', source, join(await made.fresh(), 'x.gz'))).rejects.toThrow('is in use by another process');
    await stop();
  });

  it('keeps what cannot be rebuilt, and every number, when the beginning of topics is gone', async () => {
    const { engine, settings, own, masterKey, clock, close } = await openFolder(source);
    // The source as it will be when retention has removed the first messages of each partition.
    const lost = 6;
    const bus: typeof engine.bus = {
      ...engine.bus,
      offsets: async (topic) => (await engine.bus.offsets(topic)).map(({ partition, high }) => ({ partition, low: Math.min(lost, high), high })),
      read: (from, limit, bytes) => engine.bus.read({ ...from, offset: Math.max(from.offset, lost) }, limit, bytes),
    };
    const short = join(await made.fresh(), 'short.gz');
    await exportInstallation({ engine: { ...engine, bus }, settings, own, masterKey, clock }, short, say);
    await close();
    const kept = gunzipSync(await readFile(short)).toString('utf8').split('\n').filter((line) => line.startsWith('{"kind":"document"'));
    expect(kept.some((line) => line.includes(eventsCollection.name))).toBe(true);
    const target = await made.fresh();
    expect(await run('import', target, short)).toBe(true);
    expect(await runCommand({ name: 'rebuild', models: [], isCheck: false }, environmentOf(target), say)).toBe(true);
    const { emit, stop } = await startServices(target);
    (await up).got.length = 0;
    await emit('after');
    await until(async () => (await up).got.length === 1);
    await stop();
  });
});
