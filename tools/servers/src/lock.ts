import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { identify, isAlive, type Identity } from './identity.ts';

/** Runs `work` while no other process holds the lock file at `path`. A lock whose holder has died is taken over. */
export async function withLock<Answer>(path: string, work: () => Promise<Answer>): Promise<Answer> {
  await acquire(path);
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function acquire(path: string): Promise<void> {
  const mine = JSON.stringify(identify(process.pid));
  while (!(await create(path, mine))) {
    const holder = await readFile(path, 'utf8').catch(() => undefined);
    if (holder !== undefined && !isHeld(holder)) await discard(path, holder);
    else await pause(100);
  }
}

async function create(path: string, content: string): Promise<boolean> {
  try {
    await writeFile(path, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Moves a dead holder's lock aside; should another process have been quicker and locked anew, its lock is put back. */
async function discard(path: string, holder: string): Promise<void> {
  const aside = `${path}.${randomBytes(4).toString('hex')}`;
  const moved = await rename(path, aside).then(
    () => true,
    () => false,
  );
  if (!moved) return;
  if ((await readFile(aside, 'utf8')) === holder) await rm(aside);
  else await rename(aside, path);
}

function isHeld(holder: string): boolean {
  // Between its creation and its first byte a lock is empty: its holder is alive.
  if (holder === '') return true;
  try {
    return isAlive(JSON.parse(holder) as Identity);
  } catch {
    return false;
  }
}
