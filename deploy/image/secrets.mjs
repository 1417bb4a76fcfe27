/**
 * Makes the secrets of an installation, once: the master key, for the services that seal and open secrets, and the administrator's
 * token. Each lies in a folder of its own, so that a service is given what it needs and no more: `value` is for people, `env` for
 * `node --env-file`. What the environment gives is kept instead of what would be made up.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const folder = process.argv[2] ?? '/secrets';
const { HOOKYARD_MASTER_KEY: givenKey, HOOKYARD_ADMIN_TOKEN: givenToken } = process.env;

const masterKey = (await kept('master-key')) ?? (givenKey || randomBytes(32).toString('base64'));
if (givenKey && givenKey !== masterKey) {
  process.stderr.write('HOOKYARD_MASTER_KEY is not the key that the secrets of this installation were sealed with: with another one they cannot be read.\n');
  process.exit(1);
}
const adminToken = givenToken || ((await kept('admin-token')) ?? `hya_${randomBytes(32).toString('base64url')}`);

await keep('master-key', 'HOOKYARD_MASTER_KEY', masterKey);
await keep('admin-token', 'HOOKYARD_ADMIN_TOKEN', adminToken);

async function kept(name) {
  return readFile(join(folder, name, 'value'), 'utf8').then(
    (text) => text.trim(),
    (error) => (error.code === 'ENOENT' ? null : Promise.reject(error)),
  );
}

async function keep(name, variable, value) {
  await mkdir(join(folder, name), { recursive: true, mode: 0o700 });
  // The value last: as long as it is not there, nothing has been handed out.
  await replace(join(folder, name, 'env'), `${variable}=${value}\n`);
  await replace(join(folder, name, 'value'), `${value}\n`);
}

/** Whole or not at all, and for its owner alone. */
async function replace(path, content) {
  await writeFile(`${path}.new`, content, { mode: 0o600, flush: true });
  await rename(`${path}.new`, path);
}
