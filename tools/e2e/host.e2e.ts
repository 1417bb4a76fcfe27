import { jest } from '@jest/globals';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hookyardApi } from '../src/api.ts';
import { launch, startHost } from '../src/demo/host.ts';
import { dataFolder, newEvent, newProject, newSecret, structured } from './harness.ts';

// Each test starts hosts one after the other.
jest.setTimeout(120_000);

describe('the standalone host', () => {
  let folder: Awaited<ReturnType<typeof dataFolder>>;
  beforeEach(async () => {
    folder = await dataFolder();
  });
  afterEach(() => folder.remove());

  it('says where everything is, keeps its token to its owner, and never prints it', async () => {
    const host = await startHost({ dataFolder: folder.path });
    try {
      expect(host.output()).toMatch(/API\s+http:\/\/127\.0\.0\.1:\d+\/v1/);
      expect(host.output()).toMatch(/http:\/\/127\.0\.0\.1:\d+\/docs/);
      expect(host.output()).toMatch(/http:\/\/127\.0\.0\.1:\d+\/health\/ready/);
      expect(host.output()).toContain('admin-token');
      expect(host.output()).not.toContain(host.adminToken);
      expect((await stat(join(folder.path, 'admin-token'))).mode & 0o777).toBe(0o600);
      expect((await fetch(`${host.url}/health/ready`)).status).toBe(200);
      expect((await fetch(`${host.url}/health/live`)).status).toBe(200);
      expect(await (await fetch(`${host.url}/metrics`)).text()).toMatch(/hookyard_/);
    } finally {
      expect(await host.stop()).toBe(0);
    }
  });

  it('finds its data again after a restart', async () => {
    const first = await startHost({ dataFolder: folder.path });
    const project = await newProject(hookyardApi(first.url, first.adminToken));
    const webhook = await hookyardApi(first.url, first.adminToken).post(`${project}/webhooks`, { name: 'kept', url: 'https://example.com/in', eventTypes: ['*'], secret: newSecret() });
    expect(await first.stop()).toBe(0);

    const second = await startHost({ dataFolder: folder.path });
    try {
      expect(second.adminToken).toBe(first.adminToken);
      const found = await hookyardApi(second.url, second.adminToken).get(`${project}/webhooks/${webhook.body.id}`);
      expect(found.status).toBe(200);
      expect(found.body).toEqual(webhook.body);
    } finally {
      await second.stop();
    }
  });

  it('refuses a second process on the same data folder', async () => {
    const first = await startHost({ dataFolder: folder.path });
    try {
      await expectRefusal({ HOOKYARD_DATA_FOLDER: folder.path, HOOKYARD_PORT: '0' }, /data folder.*(use|uses)|(use|uses).*data folder/i);
    } finally {
      await first.stop();
    }
  });

  it('ends with one sentence and code 1 when its port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    try {
      const port = String((taken.address() as AddressInfo).port);
      await expectRefusal({ HOOKYARD_DATA_FOLDER: folder.path, HOOKYARD_PORT: port }, new RegExp(port));
    } finally {
      taken.close();
    }
  });

  it('ends with one sentence and code 1 when its data folder cannot be written', async () => {
    const path = join(folder.path, 'a-file');
    await writeFile(path, '');
    await expectRefusal({ HOOKYARD_DATA_FOLDER: join(path, 'below'), HOOKYARD_PORT: '0' }, /a-file/);
  });

  it('names every bad setting at once', async () => {
    await expectRefusal({ HOOKYARD_DATA_FOLDER: folder.path, HOOKYARD_PORT: 'eighty', HOOKYARD_DISPATCHER_CONCURRENCY: '0', HOOKYARD_COLOUR: 'red' }, /HOOKYARD_PORT[^]*HOOKYARD_DISPATCHER_CONCURRENCY|HOOKYARD_DISPATCHER_CONCURRENCY[^]*HOOKYARD_PORT/);
  });

  it('refuses a damaged data folder instead of starting afresh', async () => {
    const host = await startHost({ dataFolder: folder.path });
    await hookyardApi(host.url, host.adminToken).post('/v1/projects/default/events', newEvent(), structured);
    await host.stop();
    const { readdir, truncate, open } = await import('node:fs/promises');
    const database = (await readdir(folder.path)).find((name) => name.endsWith('.db') && !name.includes('lock'));
    const file = await open(join(folder.path, database ?? ''), 'r+');
    await file.write(Buffer.alloc(4096, 0x5a), 0, 4096, 0);
    await file.close();
    await truncate(join(folder.path, database ?? ''), 8192);
    await expectRefusal({ HOOKYARD_DATA_FOLDER: folder.path, HOOKYARD_PORT: '0' }, /damaged/);
  });
});

async function expectRefusal(settings: Record<string, string>, sentence: RegExp): Promise<void> {
  const run = launch(settings);
  // One that starts all the same must not be waited for.
  run.child.stdout?.on('data', () => /is ready\./.test(run.output()) && run.child.kill('SIGKILL'));
  expect([await run.ended, run.output()]).toEqual([1, expect.stringMatching(sentence)]);
  expect(run.output()).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
}
