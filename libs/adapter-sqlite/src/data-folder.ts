import { accessSync, constants, mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Creates the folder when it is missing (for its owner alone), durably, and answers its full path. Throws one clear sentence when it cannot be written. */
export async function prepareFolder(folder: string): Promise<string> {
  const path = resolve(folder);
  try {
    const created = mkdirSync(path, { recursive: true, mode: 0o700 });
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    if (created !== undefined) await syncFolder(dirname(created));
  } catch (error) {
    throw new Error(`The data folder ${path} cannot be written: ${reasonOf(error)}`, { cause: error });
  }
  return path;
}

/** A new name is on disk only when the folder it stands in has been synced. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return; // folders cannot be opened there, and need not be
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
