import { randomBytes } from 'node:crypto';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { withLock } from './lock.ts';

/** Where downloaded servers, and those started by hand, live: outside the repository, shared by all checkouts of one user. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env['HOOKYARD_SERVERS_CACHE'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'hookyard', 'servers');
}

/**
 * The folder `name` of the cache, made by `make` when it is not there yet. It appears complete or not at all: `make` fills a folder beside it.
 * Processes that want the same folder wait for the first one.
 */
export async function cached(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(cacheFolder(), name);
  if (await exists(folder)) return folder;
  await mkdir(dirname(folder), { recursive: true });
  await withLock(`${folder}.lock`, async () => {
    if (await exists(folder)) return;
    const draft = `${folder}.${randomBytes(4).toString('hex')}`;
    await mkdir(draft);
    try {
      await make(draft);
      await rename(draft, folder);
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  });
  return folder;
}

/** Runs `work` in the folder it is given, or in a fresh one; when it fails, nothing of either is left. */
export async function inFolder<Answer>(name: string, given: string | undefined, work: (folder: string) => Promise<Answer>): Promise<Answer> {
  const folder = given ?? (await mkdtemp(join(tmpdir(), `hookyard-${name}-`)));
  try {
    await mkdir(folder, { recursive: true });
    return await work(folder);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
