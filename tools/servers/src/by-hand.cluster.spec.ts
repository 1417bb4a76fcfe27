import { until } from '@hookyard/ports/testing';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from './cache.ts';
import { isAlive, identify } from './identity.ts';
import { startMongo } from './index.ts';

const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** Real: the built command line, and a server. Doubled: the cache, a folder of the test's own with the same jars in it. */
describe('servers started by hand', () => {
  let cache: string;

  beforeAll(async () => {
    await (await startMongo()).stop();
    cache = await mkdtemp(join(tmpdir(), 'hookyard-cache-'));
    const jars = (await readdir(cacheFolder())).filter((name) => name !== 'running');
    await Promise.all(jars.map((name) => symlink(join(cacheFolder(), name), join(cache, name))));
  });
  afterAll(async () => {
    await servers('down');
    await rm(cache, { recursive: true });
  });

  async function servers(...args: readonly string[]) {
    const child = spawn(process.execPath, [program, ...args], { env: { ...process.env, HOOKYARD_SERVERS_CACHE: cache }, stdio: ['ignore', 'pipe', 'pipe'] });
    const printed = { out: '', err: '' };
    child.stdout.on('data', (chunk: Buffer) => void (printed.out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => void (printed.err += chunk.toString()));
    await once(child, 'close');
    return { ...printed, code: child.exitCode };
  }

  it('go on when the command has ended, are not started twice, and end when told', async () => {
    const first = await servers('up', 'mongodb');
    expect(first).toEqual({ code: 0, err: '', out: expect.stringMatching(/^export HOOKYARD_TEST_MONGODB='mongodb:\/\/127\.0\.0\.1:\d+'\n$/) });
    expect((await Promise.all([servers('up', 'mongodb'), servers('env', 'mongodb')])).map(({ out }) => out)).toEqual([first.out, first.out]);
    const { out } = await servers('status', 'mongodb');
    const server = identify(Number(/process (\d+)/.exec(out)?.[1]));
    expect(await servers('down', 'mongodb')).toEqual({ code: 0, out: '', err: 'mongodb ended\n' });
    expect(isAlive(server)).toBe(false);
    expect(await servers('down', 'mongodb')).toEqual({ code: 0, out: '', err: 'mongodb did not run\n' });
  });

  it('are not to be had when they do not run, and unknown ones never', async () => {
    expect(await servers('env', 'mongodb')).toEqual({ code: 1, out: '', err: 'mongodb does not run: npm run servers -- up mongodb\n' });
    expect(await servers('up', 'oracle')).toMatchObject({ code: 1, err: expect.stringContaining('no server called oracle') });
  });

  it('say what to install where there is no Java', async () => {
    const child = spawn(process.execPath, [program, 'up', 'mongodb'], { env: { HOOKYARD_SERVERS_CACHE: cache, PATH: '/nowhere' }, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => void (said += chunk.toString()));
    await once(child, 'close');
    expect(child.exitCode).toBe(1);
    expect(said).toContain('apt-get install maven openjdk-17-jdk-headless');
  });
});

describe('a server started by a program', () => {
  it('dies with it, even when that is killed, and leaves no data behind', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hookyard-orphan-'));
    const index = new URL('../dist/index.js', import.meta.url).href;
    const script = `
      const { startMongo } = await import(process.argv[1]);
      console.log((await startMongo({ folder: process.argv[2] })).pids()[0]);
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script, index, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [chunk] = (await once(parent.stdout, 'data')) as [Buffer];
    const server = identify(Number(chunk.toString()));
    parent.kill('SIGKILL');
    await until(() => !isAlive(server) && !existsSync(folder));
  });
});
