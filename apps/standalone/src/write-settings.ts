/** Writes `docs/settings.md`, or with `--check` says whether it is stale. Run from anywhere: the path is beside this package. */
import { readFile, writeFile } from 'node:fs/promises';
import { settingsPage } from './settings-page.ts';

const file = new URL('../../../docs/settings.md', import.meta.url);
const page = settingsPage();

if (process.argv.includes('--check')) {
  const current = await readFile(file, 'utf8').catch(() => '');
  if (current !== page) {
    process.stderr.write('docs/settings.md is not what the settings classes say; run npm run golden.\n');
    process.exitCode = 1;
  }
} else await writeFile(file, page);
