/** `docs/settings.md`, written from the settings classes; `--check` only compares. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { conclude, root } from '../check/workspace.mjs';

const path = 'docs/settings.md';

/** Compares or writes the page; answers what is wrong. */
export async function settingsGolden(check) {
  const { settingsPage } = await import(pathToFileURL(join(root, 'apps/standalone/dist/index.js')).href);
  const page = settingsPage();
  if (!check) writeFileSync(join(root, path), page);
  return readFileSync(join(root, path), { encoding: 'utf8', flag: 'a+' }) === page ? [] : [`${path} is out of date; run npm run golden`];
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  conclude(await settingsGolden(process.argv.includes('--check')), `${path} agrees with the settings classes`);
}
