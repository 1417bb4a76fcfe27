import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataFolder } from './data-folder.ts';

describe('the data folder', () => {
  let base: string;
  beforeEach(async () => (base = await mkdtemp(join(tmpdir(), 'hookyard-folder-'))));
  afterEach(() => rm(base, { recursive: true, force: true }));

  it('is made at the first start, with a key and a token that only their owner can read', async () => {
    const folder = await openDataFolder({ dataFolder: join(base, 'a/b') });
    expect(folder.masterKey).toHaveLength(32);
    expect(folder.adminToken).toMatch(/^hya_[\w-]{43}$/);
    for (const file of ['master.key', 'admin-token']) expect((await stat(join(base, 'a/b', file))).mode & 0o777).toBe(0o600);
    expect((await readFile(folder.adminTokenFile ?? '', 'utf8')).trim()).toBe(folder.adminToken);
  });

  it('keeps both for ever, also when two processes make them at once', async () => {
    const [first, second] = await Promise.all([openDataFolder({ dataFolder: base }), openDataFolder({ dataFolder: base })]);
    expect(second).toEqual(first);
    expect(await openDataFolder({ dataFolder: base })).toEqual(first);
  });

  it('takes neither when the settings give them', async () => {
    const key = Buffer.alloc(32, 7);
    const folder = await openDataFolder({ dataFolder: base, masterKey: key.toString('base64'), adminToken: 'a-token-of-our-own-choice' });
    expect(folder).toEqual({ path: base, masterKey: key, adminToken: 'a-token-of-our-own-choice', adminTokenFile: null });
  });

  it('is refused when it holds data but the key is gone, instead of making its secrets unreadable', async () => {
    await writeFile(join(base, 'hookyard.db'), 'data');
    await expect(openDataFolder({ dataFolder: base })).rejects.toThrow(/holds data but no master\.key/);
  });

  it('is refused with the reason when it cannot be used', async () => {
    await writeFile(join(base, 'file'), '');
    await expect(openDataFolder({ dataFolder: join(base, 'file') })).rejects.toThrow(/cannot be used: there is a file of this name\. Choose another one with HOOKYARD_DATA_FOLDER\./);
    await expect(openDataFolder({ dataFolder: join(base, 'file/below') })).rejects.toThrow(/a part of its path is a file/);
    if (process.platform === 'linux') await expect(openDataFolder({ dataFolder: '/proc/hookyard/data' })).rejects.toThrow(/it cannot be made there/);
  });

  it('is refused when it may not be written', async () => {
    if (process.getuid?.() === 0) return;
    await chmod(base, 0o500);
    await expect(openDataFolder({ dataFolder: base })).rejects.toThrow(/may not be written by this user/);
  });

  it('is refused when the key in it is damaged', async () => {
    await writeFile(join(base, 'master.key'), 'short');
    await expect(openDataFolder({ dataFolder: base })).rejects.toThrow(/damaged: it must hold 32 bytes/);
  });
});
