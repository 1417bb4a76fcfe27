import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';

/** A module hook: TypeScript becomes JavaScript as it is loaded, with the settings that Jest uses too (.swcrc). */
export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const filename = fileURLToPath(url);
  const { code } = transformSync(await readFile(filename, 'utf8'), { filename, swcrc: false, ...settings });
  return { format: 'module', source: code, shortCircuit: true };
}

const settings = JSON.parse(await readFile(new URL('../../../.swcrc', import.meta.url), 'utf8'));
