/** Real: Node.js and the built packages, in a process of their own, which tells what it has loaded. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const drivers = ['kafkajs', '@eventstore/db-client', 'mongodb', '@photostructure/sqlite'];

/** Opens an engine, and answers which drivers were loaded for it. */
function loadedBy(engine: string, folder: string): readonly string[] {
  const program = `
    import { createRequire } from 'node:module';
    const { openEngine } = await import(${JSON.stringify(new URL('../dist/open-engine.js', import.meta.url).href)});
    const cluster = { kafkaBrokers: [], namespace: '' };
    await openEngine({ name: ${JSON.stringify(engine)}, folder: ${JSON.stringify(folder)}, cluster, clientId: 'spec', log: console, onLost() {} }).then((opened) => opened.close(), () => {});
    console.log(JSON.stringify(Object.keys(createRequire(process.cwd() + '/').cache)));
    process.exit();
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8', env: {} });
  if (stdout === '') throw new Error(stderr);
  const files = JSON.parse(stdout) as readonly string[];
  return drivers.filter((driver) => files.some((file) => file.includes(join('node_modules', driver))));
}

describe('an engine', () => {
  let folder: string;
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'hookyard-drivers-'))));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['memory', []],
    ['embedded', ['@photostructure/sqlite']],
  ] as const)('%s loads its own drivers alone', (engine, expected) => {
    expect(loadedBy(engine, folder)).toEqual(expected);
  });
});
