import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from './driver.ts';
import { openSqliteEngine, type SqliteEngine } from './engine.ts';
import { lockFolder } from './lock.ts';
import { currentFormat } from './migrations.ts';

const folders: string[] = [];
const freshFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'hookyard-folder-'));
  folders.push(folder);
  return folder;
};
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

const fileIn = (folder: string): string => join(folder, 'hookyard.db');

async function withEngine<Answer>(folder: string, work: (engine: SqliteEngine) => Promise<Answer>): Promise<Answer> {
  const engine = await openSqliteEngine({ folder });
  return work(engine).finally(() => engine.close());
}

/** A folder that was used and closed. */
async function usedFolder(): Promise<string> {
  const folder = freshFolder();
  await withEngine(folder, async ({ bus }) => {
    await bus.declare([{ name: 't', partitions: 1 }]);
    await bus.publish(Array.from({ length: 200 }, (_, at) => ({ topic: 't', key: `k${at}`, value: Buffer.alloc(500, `${at}`) })));
  });
  return folder;
}

async function expectRefused(folder: string, code: string): Promise<void> {
  const before = readFileSync(fileIn(folder));
  await expect(openSqliteEngine({ folder })).rejects.toMatchObject({ name: 'Fault', code });
  expect(readFileSync(fileIn(folder)).equals(before)).toBe(true);
}

describe('a data folder', () => {
  it('is created when missing, for its owner alone', async () => {
    const folder = join(freshFolder(), 'deep', 'data');
    await withEngine(folder, async ({ bus }) => bus.declare([{ name: 't', partitions: 1 }]));
    expect(statSync(folder).mode & 0o077).toBe(0);
    expect(statSync(fileIn(folder)).mode & 0o077).toBe(0);
  });

  it('is refused in one sentence when it cannot be written', async () => {
    const file = join(freshFolder(), 'file');
    writeFileSync(file, '');
    await expect(openSqliteEngine({ folder: join(file, 'data') })).rejects.toThrow(/^The data folder .+ cannot be written: .*ENOTDIR/);
  });

  it('belongs to one engine at a time', async () => {
    const folder = freshFolder();
    await withEngine(folder, async () => {
      await expect(openSqliteEngine({ folder })).rejects.toMatchObject({ name: 'Fault', code: 'data_folder_in_use' });
    });
    await withEngine(folder, async () => {});
  });

  it('belongs to one process at a time', async () => {
    const folder = freshFolder();
    const script = `
      const { openSqliteEngine } = await import('@hookyard/adapter-sqlite');
      await openSqliteEngine({ folder: process.argv[1] }).then(() => console.log('opened'), (error) => console.log(error.code));
      process.exit();`;
    const loader = new URL('../from-sources/register.mjs', import.meta.url).href;
    const args = ['--import', loader, '--conditions=@hookyard/source', '--input-type=module', '--eval', script, folder];
    const inOtherProcess = (): string => spawnSync(process.execPath, args, { cwd: import.meta.dirname, encoding: 'utf8' }).stdout.trim();
    await withEngine(folder, async () => expect(inOtherProcess()).toBe('data_folder_in_use'));
    expect(inOtherProcess()).toBe('opened');
  });

  it('is filled by the next engine when one died before it had written anything', async () => {
    const folder = freshFolder();
    lockFolder(folder).release();
    await withEngine(folder, async () => {});
    const barelyBegun = freshFolder();
    writeFileSync(fileIn(barelyBegun), '');
    await withEngine(barelyBegun, async () => {});
  });

  it('is refused when its file is no database', async () => {
    const folder = await usedFolder();
    writeFileSync(fileIn(folder), 'something else altogether, long enough to be looked at as a database header would be'.repeat(20));
    await expectRefused(folder, 'data_folder_damaged');
  });

  it('is refused when its file is a database of something else', async () => {
    const folder = freshFolder();
    const other = openDatabase(fileIn(folder));
    other.exec('CREATE TABLE t (a)');
    other.close();
    await expectRefused(folder, 'data_folder_damaged');
  });

  it('is refused when a part of its file was overwritten', async () => {
    const folder = await usedFolder();
    const bytes = readFileSync(fileIn(folder));
    bytes.fill(0xa5, 8 * 8192, 12 * 8192);
    writeFileSync(fileIn(folder), bytes);
    await expectRefused(folder, 'data_folder_damaged');
  });

  it.each([0, 8192, 20_000])('is refused when its file was cut to %d bytes', async (length) => {
    const folder = await usedFolder();
    truncateSync(fileIn(folder), length);
    await expectRefused(folder, 'data_folder_damaged');
  });

  it('is refused, not created anew, when its file is gone', async () => {
    const folder = await usedFolder();
    rmSync(fileIn(folder));
    await expect(openSqliteEngine({ folder })).rejects.toMatchObject({ code: 'data_folder_damaged' });
    expect(existsSync(fileIn(folder))).toBe(false);
  });

  it('is refused when a newer version wrote it', async () => {
    const folder = await usedFolder();
    const newer = openDatabase(fileIn(folder));
    newer.exec(`PRAGMA user_version = ${currentFormat + 1}`);
    newer.close();
    await expectRefused(folder, 'data_folder_too_new');
  });
});
