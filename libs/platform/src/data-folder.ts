import { randomBytes } from 'node:crypto';
import { access, constants, link, mkdir, open, readdir, readFile, stat, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { StartRefused, systemCode } from './start-refused.ts';

export type DataFolder = {
  readonly path: string;
  /** 32 bytes. */
  readonly masterKey: Buffer;
  readonly adminToken: string;
  /** Where the token can be read; null when it came with the settings. */
  readonly adminTokenFile: string | null;
};

export type Given = { readonly dataFolder: string; readonly masterKey?: string; readonly adminToken?: string };

const masterKeyFile = 'master.key';
const adminTokenFile = 'admin-token';

/** Makes the folder when it is missing, and in it, once, what is generated: readable by its owner alone, never printed. */
export async function openDataFolder(given: Given): Promise<DataFolder> {
  const path = resolve(given.dataFolder);
  await makeUsable(path);
  const masterKey = given.masterKey ?? (await masterKeyIn(path));
  const tokenFile = join(path, adminTokenFile);
  const adminToken = given.adminToken ?? (await onceIn(tokenFile, `hya_${randomBytes(32).toString('base64url')}\n`)).trim();
  return {
    path,
    masterKey: Buffer.from(masterKey.trim(), 'base64'),
    adminToken,
    adminTokenFile: given.adminToken === undefined ? tokenFile : null,
  };
}

/** A key is generated only for a folder that holds nothing yet: with another key, what it holds could not be read. */
async function masterKeyIn(path: string): Promise<string> {
  const file = join(path, masterKeyFile);
  const present = await readdir(path);
  if (!present.includes(masterKeyFile) && present.some((name) => name !== adminTokenFile && !name.startsWith('.'))) {
    throw new StartRefused(
      `The data folder ${path} holds data but no ${masterKeyFile}, so its secrets cannot be read: put the file back, or set HOOKYARD_MASTER_KEY to its content.`,
    );
  }
  const key = await onceIn(file, `${randomBytes(32).toString('base64')}\n`);
  if (Buffer.from(key.trim(), 'base64').length !== 32) throw new StartRefused(`The file ${file} is damaged: it must hold 32 bytes as base64.`);
  return key;
}

/** The key that lies in a folder; null when none does. */
export async function masterKeyAt(path: string): Promise<Buffer | null> {
  if (path === '') return null;
  const text = await readFile(join(path, masterKeyFile), 'utf8').catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return null;
    throw new StartRefused(`The file ${join(path, masterKeyFile)} cannot be read: ${reasonOf(error)}.`);
  });
  return text === null ? null : Buffer.from(text.trim(), 'base64');
}

/** The file's content; first written durably when there is none. Of two processes that start at once, both get the same. */
async function onceIn(file: string, content: string): Promise<string> {
  const before = await readFile(file, 'utf8').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return null;
    throw new StartRefused(`The file ${file} cannot be read: ${reasonOf(error)}.`);
  });
  if (before !== null) return before;
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await link(draft, file).catch((error: unknown) => {
    if (systemCode(error) !== 'EEXIST') throw error;
  });
  await unlink(draft);
  return readFile(file, 'utf8');
}

async function makeUsable(path: string): Promise<void> {
  try {
    await makeFolder(path);
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new StartRefused(`The data folder ${path} cannot be used: ${reasonOf(error)}. Choose another one with HOOKYARD_DATA_FOLDER.`);
  }
}

/** One folder at a time: Node.js's own recursive way never returns where nothing can be made, as below /proc. */
async function makeFolder(path: string, mayMakeParent = true): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    if (code !== 'ENOENT' || !mayMakeParent) throw error;
    await makeFolder(dirname(path));
    await makeFolder(path, false);
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'it may not be written by this user',
  EPERM: 'it may not be written by this user',
  EROFS: 'it lies on a file system that is read-only',
  ENOTDIR: 'a part of its path is a file',
  EEXIST: 'there is a file of this name',
  ENOENT: 'it cannot be made there',
  ENOSPC: 'the disk is full',
};

function reasonOf(error: unknown): string {
  return reasons[systemCode(error) ?? ''] ?? (error instanceof Error ? error.message : String(error));
}
