import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { dataFolder, startSystem, until, type System } from './harness.ts';

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);

describe('the README', () => {
  let system: System;
  let folder: Awaited<ReturnType<typeof dataFolder>>;
  beforeAll(async () => {
    system = await startSystem();
    folder = await dataFolder();
  });
  afterAll(async () => {
    await system.stop();
    await folder.remove();
  });

  it('has a walk-through that works as it stands', async () => {
    const receiver = await system.receiver();
    const readme = await readFile(join(root, 'README.md'), 'utf8');
    const written = /```sh walkthrough\n([^]*?)```/.exec(readme)?.[1] ?? '';
    expect(written.trim().split('\n')).toHaveLength(5);
    // Only the addresses differ: a free port instead of the ones that the README names.
    const script = written.replaceAll('http://127.0.0.1:8080', system.host.url).replaceAll('http://127.0.0.1:9000', receiver.url);
    await mkdir(join(folder.path, 'data'));
    await writeFile(join(folder.path, 'data/admin-token'), system.host.adminToken);

    const lines = script.trim().split('\n');
    const before = await run('bash', ['-euc', `${lines.slice(0, 4).join('\n')}`], { cwd: folder.path });
    expect(before.stdout).toContain('"wh_');
    expect(before.stdout).toContain('"evt_');
    const request = await until('the delivery', () => receiver.received[0]);
    expect(request.path).toBe('/orders');
    expect(JSON.parse(request.body.toString())).toMatchObject({ type: 'order.placed', data: { amount: 42 } });
    await until('the delivery in the log', async () => {
      const { stdout } = await run('bash', ['-euc', [lines[0], lines[1], lines[4]].join('\n')], { cwd: folder.path });
      return stdout.includes(request.headers['webhook-id'] ?? '-') && stdout.includes('"succeeded"');
    });
  });

  it('has a demo that verifies every delivery and ends with 0', async () => {
    const { stdout } = await run(process.execPath, [join(root, 'tools/dist/demo/main.js')], {
      env: { PATH: process.env['PATH'], HOOKYARD_URL: system.host.url, HOOKYARD_ADMIN_TOKEN: system.host.adminToken },
      timeout: 60_000,
    });
    expect(stdout).toContain('Every delivery was verified: 5 of 5.');
    expect(stdout.match(/signature verified, answered 503/g)).toHaveLength(2);
    expect(stdout).not.toContain('WRONG');
  }, 60_000);
});
