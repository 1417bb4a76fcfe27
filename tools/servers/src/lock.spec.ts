import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withLock } from './lock.ts';

describe('a lock file', () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'hookyard-lock-'))));
  afterEach(() => rm(folder, { recursive: true }));

  it('lets one in after the other, and is gone afterwards', async () => {
    let inside = 0;
    const most: number[] = [];
    const work = async () => {
      inside += 1;
      most.push(inside);
      await new Promise(setImmediate);
      inside -= 1;
    };
    await Promise.all([1, 2, 3].map(() => withLock(join(folder, 'lock'), work)));
    expect(most).toEqual([1, 1, 1]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('is taken over from a process that has died', async () => {
    await writeFile(join(folder, 'lock'), JSON.stringify({ pid: process.pid, birth: 'some other day' }));
    await expect(withLock(join(folder, 'lock'), async () => 'in')).resolves.toBe('in');
    expect(await readdir(folder)).toEqual([]);
  });

  it('is left when the work fails', async () => {
    await expect(withLock(join(folder, 'lock'), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await readdir(folder)).toEqual([]);
  });
});
