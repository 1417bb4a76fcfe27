/** Writes `.env.example`, or with `--check` says whether it is stale. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readCompose } from './compose-file.ts';
import { envExample } from './env-example.ts';
import { readSettingsPage, root } from './settings-page.ts';

const file = join(root, '.env.example');
const example = envExample(await readSettingsPage(), await readCompose());

if (process.argv.includes('--check')) {
  const current = await readFile(file, 'utf8').catch(() => '');
  if (current !== example) {
    process.stderr.write('.env.example is not what docs/settings.md and docker-compose.yml say; run npm run golden.\n');
    process.exitCode = 1;
  }
} else await writeFile(file, example);
