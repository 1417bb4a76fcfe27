/** The image without a container engine: what its Dockerfile refers to is there, and the two programs that come with it do their work. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './settings-page.ts';

const json = async <T>(path: string): Promise<T> => JSON.parse(await readFile(join(root, path), 'utf8')) as T;

describe('the Dockerfile', () => {
  let text: string;
  let instructions: readonly { readonly name: string; readonly words: readonly string[] }[];
  const all = (name: string): readonly (readonly string[])[] => instructions.filter((each) => each.name === name).map(({ words }) => words);
  /** The last of its kind, in the form of a JSON list: what a container runs. */
  const exec = (name: string): readonly string[] => JSON.parse(/\[.*\]/.exec(all(name).at(-1)?.join(' ') ?? '')?.[0] ?? '[]') as string[];

  beforeAll(async () => {
    text = await readFile(join(root, 'Dockerfile'), 'utf8');
    const lines = text.replaceAll(/^#.*\n/gm, '').replaceAll(/\\\n\s*/g, ' ').split('\n').filter((line) => line !== '');
    instructions = lines.map((line) => {
      const [name = '', ...words] = line.split(/\s+/);
      return { name, words };
    });
  });

  it('builds every stage on one before it or on one pinned version of Node.js, and copies only from stages before', () => {
    const stages: string[] = [];
    for (const { name, words } of instructions) {
      if (name === 'COPY' && words[0]?.startsWith('--from=') === true) expect(stages).toContain(words[0].slice('--from='.length));
      if (name !== 'FROM') continue;
      expect(['${NODE_IMAGE}', ...stages]).toContain(words[0]);
      if (words[1] === 'AS') stages.push(words[2] ?? '');
    }
    expect(all('ARG')).toEqual([[expect.stringMatching(/^NODE_IMAGE=node:\d+\.\d+\.\d+-bookworm-slim$/)]]);
  });

  it('runs on a Node.js that package.json allows', async () => {
    const { engines } = await json<{ engines: { node: string } }>('package.json');
    const [, ...version] = /node:(\d+)\.(\d+)\.(\d+)/.exec(text) ?? [];
    const [, ...oldest] = />=(\d+)\.(\d+)\.(\d+)/.exec(engines.node) ?? [];
    const rank = (parts: readonly string[]): number => parts.reduce((sum, part) => sum * 1_000 + Number(part), 0);
    expect(rank(version)).toBeGreaterThanOrEqual(rank(oldest));
  });

  it('copies from this folder what there is and what .dockerignore lets through', async () => {
    const ignored = (await readFile(join(root, '.dockerignore'), 'utf8')).split('\n');
    const sources = all('COPY').filter(([first]) => first?.startsWith('--') === false).map(([source]) => source ?? '');
    expect(sources).toEqual(['.', '.', 'deploy/image']);
    for (const source of sources) expect([source, existsSync(join(root, source)), ignored.includes(source)]).toEqual([source, true, false]);
    expect(ignored).toEqual(expect.arrayContaining(['**/node_modules', '**/dist', '.git', '.env', '.env.*', 'data']));
    for (const needed of ['apps', 'libs', 'tools', 'deploy', '.npmrc', 'package.json', 'package-lock.json', 'tsconfig.json']) expect(ignored).not.toContain(needed);
  });

  it('installs what the apps need, and no tool of ours', async () => {
    const { workspaces } = await json<{ workspaces: string[] }>('package.json');
    expect(workspaces).toContain('apps/*');
    expect(text).toContain('npm ci --omit=dev --omit=optional --workspace=apps ');
  });

  it('leaves out nothing optional but the compiler', async () => {
    const { packages } = await json<{ packages: Record<string, { optional?: boolean; devOptional?: boolean; dev?: boolean }> }>('package-lock.json');
    const optional = Object.entries(packages).filter(([, { optional, devOptional, dev }]) => dev !== true && (optional === true || devOptional === true));
    expect(optional.map(([path]) => path)).toEqual(['node_modules/typescript']);
  });

  it('keeps the binary of the embedded engine that the platform needs', async () => {
    const folder = join(root, 'node_modules/@photostructure/sqlite');
    expect(existsSync(join(folder, 'src'))).toBe(true);
    expect(await readdir(join(folder, 'prebuilds'))).toEqual(expect.arrayContaining(['linux-x64', 'linux-arm64']));
  });

  it('runs a program that is there, as somebody who is not root, and asks a program that is there how it is', () => {
    expect(all('USER')).toEqual([['1000:1000']]);
    expect(exec('ENTRYPOINT')).toEqual(['node']);
    expect(exec('CMD')).toEqual(['apps/standalone/dist/main.js']);
    expect(exec('HEALTHCHECK')).toEqual(['node', 'deploy/image/healthcheck.mjs']);
    expect(existsSync(join(root, 'deploy/image/healthcheck.mjs'))).toBe(true);
  });

  it('makes the folders that volumes are mounted at, for their owner alone', () => {
    expect(text).toContain('install -d -o 1000 -g 1000 -m 0700 /data /secrets/master-key /secrets/admin-token');
  });
});

type Ended = { readonly code: number | null; readonly output: string };

async function run(program: string, options: readonly string[], environment: Readonly<Record<string, string>>): Promise<Ended> {
  const child = spawn(process.execPath, [...options.filter((option) => option.startsWith('--')), program, ...options.filter((option) => !option.startsWith('--'))], {
    env: { PATH: process.env['PATH'], ...environment },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

describe('the health check of the image', () => {
  const program = join(root, 'deploy/image/healthcheck.mjs');

  async function answering(status: number, use: (port: string) => Promise<void>): Promise<void> {
    const server = createServer((request, response) => response.writeHead(request.url === '/health/ready' ? status : 404).end('{"status":"not ready"}'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      await use(String((server.address() as AddressInfo).port));
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  it('ends with 0 when the process says that it is ready', async () => {
    await answering(200, async (port) => {
      expect(await run(program, [], { HOOKYARD_OPS_PORT: port })).toEqual({ code: 0, output: '' });
    });
  });

  it('says what the process lacks when it is not', async () => {
    await answering(503, async (port) => {
      expect(await run(program, [], { HOOKYARD_OPS_PORT: port })).toEqual({ code: 1, output: '{"status":"not ready"}\n' });
    });
  });

  it('asks the API of a host that has no port of its own for this', async () => {
    await answering(200, async (port) => {
      expect((await run(program, [], { HOOKYARD_OPS_PORT: '1', HOOKYARD_PORT: port })).code).toBe(0);
    });
  });

  it('ends otherwise when nobody answers', async () => {
    expect((await run(program, [], { HOOKYARD_OPS_PORT: '1', HOOKYARD_PORT: '1' })).code).not.toBe(0);
  });
});

describe('the secrets of an installation', () => {
  const program = join(root, 'deploy/image/secrets.mjs');
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'hookyard-'))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const make = (given: Readonly<Record<string, string>> = {}): Promise<Ended> => run(program, [folder], given);
  const value = async (name: string): Promise<string> => (await readFile(join(folder, name, 'value'), 'utf8')).trim();

  it('are made up once, as what the settings ask for, and are never printed', async () => {
    expect(await make()).toEqual({ code: 0, output: '' });
    const [key, token] = [await value('master-key'), await value('admin-token')];
    expect(Buffer.from(key, 'base64')).toHaveLength(32);
    expect(token).toMatch(/^hya_[\w-]{43}$/);
    await make();
    expect([await value('master-key'), await value('admin-token')]).toEqual([key, token]);
  });

  it('are for their owner alone', async () => {
    await make();
    for (const name of ['master-key', 'admin-token']) {
      for (const file of ['value', 'env']) expect((await stat(join(folder, name, file))).mode & 0o777).toBe(0o600);
    }
  });

  it('reach a process as its settings', async () => {
    await make();
    const print = join(folder, 'print.mjs');
    await writeFile(print, 'process.stdout.write(`${process.env.HOOKYARD_MASTER_KEY} ${process.env.HOOKYARD_ADMIN_TOKEN}`)');
    const files = ['master-key', 'admin-token'].map((name) => `--env-file=${join(folder, name, 'env')}`);
    expect((await run(print, files, {})).output).toBe(`${await value('master-key')} ${await value('admin-token')}`);
  });

  it('are those that are given; the token may change, an empty one counts as not given', async () => {
    const key = Buffer.alloc(32, 7).toString('base64');
    await make({ HOOKYARD_MASTER_KEY: key, HOOKYARD_ADMIN_TOKEN: 'one-token-of-twenty-characters' });
    expect([await value('master-key'), await value('admin-token')]).toEqual([key, 'one-token-of-twenty-characters']);
    await make({ HOOKYARD_MASTER_KEY: '', HOOKYARD_ADMIN_TOKEN: 'another-token-of-its-kind' });
    expect([await value('master-key'), await value('admin-token')]).toEqual([key, 'another-token-of-its-kind']);
  });

  it('refuse another master key than the one in use, and stay', async () => {
    await make();
    const before = await value('master-key');
    const refused = await make({ HOOKYARD_MASTER_KEY: Buffer.alloc(32, 9).toString('base64') });
    expect(refused).toEqual({ code: 1, output: expect.stringContaining('HOOKYARD_MASTER_KEY is not the key') as unknown });
    expect(await value('master-key')).toBe(before);
  });
});
