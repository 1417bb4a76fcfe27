/**
 * Generators, as a person runs them: `nx g` in a copy of the workspace, then the checks on what came out.
 * Real: nx, the generators, the type checker, the boundary and registry checks, the generated tests.
 * Doubled: `npm install`, by links to the packages that are installed already.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const root = join(import.meta.dirname, '../..');

const dialect = 'libs/dialects/acme-corp';
const ports = ['event-store', 'message-bus', 'read-models', 'due-queue'];
const adapters = ports.map((port) => `libs/adapter-redis-${port}`);

describe('the generators', () => {
  let copy: string;
  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'hookyard-generators-'));
    copyWorkspace(copy);
    generate('dialect', 'acme corp');
    generate('event', 'acme-corp.order.placed', '--dialect', 'acme-corp');
    for (const port of ports) generate('adapter', `redis ${port}`, '--port', port);
    for (const folder of [dialect, `${dialect}/http`, ...adapters]) link(copy, folder);
  }, 180_000);
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  it('leave a workspace that keeps to its layers and type-checks', () => {
    for (const check of [['boundaries.mjs'], ['references.mjs', '--check'], ['registries.mjs', '--check']]) {
      execFileSync(process.execPath, [join(copy, 'tools/check', check[0] ?? ''), ...check.slice(1)], { cwd: copy, stdio: 'pipe' });
    }
    const include = [dialect, ...adapters].map((folder) => `${folder}/**/src/**/*.ts`);
    const project = join(copy, 'tsconfig.generated.json');
    writeFileSync(project, JSON.stringify({ extends: './tsconfig.spec.json', include, exclude: ['**/node_modules', '**/dist'] }));
    expect(spawnSync(process.execPath, [join(copy, 'node_modules/typescript/bin/tsc'), '-p', project], { cwd: copy, encoding: 'utf8' }).stdout).toBe('');
  }, 120_000);

  it('make a dialect that passes its own tests and is known everywhere', () => {
    expect(readFileSync(join(copy, 'apps/matcher/src/dialects.generated.ts'), 'utf8')).toContain('acmeCorp');
    expect(readFileSync(join(copy, 'apps/gateway/src/dialects.generated.ts'), 'utf8')).toContain('AcmeCorpHttpModule');
    const run = jest(dialect);
    expect([run.status, run.output]).toEqual([0, expect.anything()]);
  }, 120_000);

  it('make an event that joins the catalogue of its dialect', () => {
    expect(readFileSync(join(copy, dialect, 'src/events.generated.ts'), 'utf8')).toContain('[example, orderPlaced]');
  });

  it('make an adapter whose tests are the contract of its port, and fail until it keeps it', () => {
    const run = jest('libs/adapter-redis-due-queue');
    expect(run.status).not.toBe(0);
    expect(run.output).toContain('the redis-due-queue adapter has no put yet');
  }, 120_000);

  it('refuse what exists already and what is no name', () => {
    expect(() => generate('dialect', 'native')).toThrow(/exists already/);
    expect(() => generate('dialect', '4-ever')).toThrow(/no name/);
    expect(() => generate('event', 'x.y', '--dialect', 'nowhere')).toThrow(/no dialect/);
  }, 120_000);

  function generate(generator: string, ...args: string[]): void {
    const run = spawnSync(process.execPath, [join(copy, 'node_modules/nx/dist/bin/nx.js'), 'g', `@hookyard/tools:${generator}`, ...args], { cwd: copy, encoding: 'utf8', env: environment() });
    if (run.status !== 0) throw new Error(run.stdout + run.stderr);
  }

  function jest(folder: string): { status: number | null; output: string } {
    const run = spawnSync(process.execPath, ['--experimental-vm-modules', '--no-warnings', join(copy, 'node_modules/jest/bin/jest.js'), '--config=jest.config.mjs', folder], {
      cwd: copy,
      encoding: 'utf8',
      env: environment(),
    });
    return { status: run.status, output: run.stdout + run.stderr };
  }
});

/** Without what the test runner around this suite sets for itself. */
function environment(): Record<string, string | undefined> {
  const { NODE_OPTIONS: _options, JEST_WORKER_ID: _worker, ...rest } = process.env;
  return { ...rest, NX_DAEMON: 'false', NX_INTERACTIVE: 'false', CI: 'true' };
}

function copyWorkspace(copy: string): void {
  for (const name of ['package.json', 'package-lock.json', 'nx.json', 'tsconfig.json', 'tsconfig.base.json', 'tsconfig.spec.json', 'jest.config.mjs', '.swcrc', 'apps', 'libs', 'tools']) {
    cpSync(join(root, name), join(copy, name), { recursive: true, filter: (path) => !['node_modules', 'dist', '.nx'].includes(basename(path)) });
  }
  mkdirSync(join(copy, 'node_modules/@hookyard'), { recursive: true });
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name !== '@hookyard' && name !== '.cache') symlinkSync(join(root, 'node_modules', name), join(copy, 'node_modules', name));
  }
  const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { workspaces: string[] };
  for (const folder of workspaces.flatMap((pattern) => folders(copy, pattern))) link(copy, folder);
}

/** What `npm install` does for a workspace package. */
function link(copy: string, folder: string): void {
  const { name } = JSON.parse(readFileSync(join(copy, folder, 'package.json'), 'utf8')) as { name: string };
  symlinkSync(join(copy, folder), join(copy, 'node_modules', name));
}

function folders(copy: string, pattern: string): string[] {
  let found = [''];
  for (const part of pattern.split('/')) {
    found = found.flatMap((folder) => (part === '*' ? readdirSync(join(copy, folder)).map((name) => join(folder, name)) : [join(folder, part)]));
  }
  return found.filter((folder) => {
    try {
      return readFileSync(join(copy, folder, 'package.json')).length > 0;
    } catch {
      return false;
    }
  });
}
