/**
 * The dialects there are, written from the folders under libs/dialects: every `src/dialects.generated.ts` of an app,
 * and the dependencies that go with it; and the catalogue of each dialect, from its `src/events`.
 * Adding a dialect adds a folder, adding an event adds a file; this writes the rest. `--check` only compares.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { conclude, filesBelow, packages, root } from './workspace.mjs';

const check = process.argv.includes('--check');
const all = packages();
const dialects = all.filter(({ folder }) => /^libs\/dialects\/[^/]+$/.test(folder));
const edges = all.filter(({ folder }) => /^libs\/dialects\/[^/]+\/http$/.test(folder));
const problems = [];

for (const app of all.filter(({ folder }) => existsSync(join(root, folder, 'src/dialects.generated.ts')))) {
  const isGateway = app.name === '@hookyard/gateway';
  write(join(app.folder, 'src/dialects.generated.ts'), isGateway ? mounted() : known());
  declare(app, isGateway ? [...dialects, ...edges] : dialects);
}
for (const { folder } of dialects) write(join(folder, 'src/events.generated.ts'), catalogue(folder));
conclude(problems, `registries: ${dialects.length} ${dialects.length === 1 ? 'dialect' : 'dialects'} ${check ? 'known' : 'written'} everywhere`);

function known() {
  return [
    '// Written by `npm run sync` from the folders under libs/dialects.',
    "import type { AnyDialect } from '@hookyard/dialect';",
    ...dialects.map(({ name }) => `import { ${variable(name)} } from '${name}';`),
    '',
    `export const dialects: readonly AnyDialect[] = [${dialects.map(({ name }) => variable(name)).join(', ')}];`,
    '',
  ].join('\n');
}

function mounted() {
  return [
    '// Written by `npm run sync` from the folders under libs/dialects.',
    "import type { AnyDialect } from '@hookyard/dialect';",
    "import type { Type } from '@nestjs/common';",
    ...dialects.map(({ name }) => `import { ${variable(name)} } from '${name}';`),
    ...edges.map(({ name }) => `import { ${moduleName(name)} } from '${name}';`),
    '',
    `export const dialects: readonly AnyDialect[] = [${dialects.map(({ name }) => variable(name)).join(', ')}];`,
    '',
    `export const httpModules: readonly Type[] = [${edges.map(({ name }) => moduleName(name)).join(', ')}];`,
    '',
  ].join('\n');
}

function catalogue(folder) {
  const events = filesBelow(join(folder, 'src/events'), '.ts')
    .filter((path) => !path.endsWith('.spec.ts'))
    .sort()
    .map((path) => ({ file: basename(path), name: camel(basename(path, '.ts')) }));
  return [
    '// Written by `npm run sync` from the files under src/events.',
    "import type { CatalogueEvent } from '@hookyard/dialect';",
    ...events.map(({ file, name }) => `import { event as ${name} } from './events/${file}';`),
    '',
    `export const events: readonly CatalogueEvent[] = [${events.map(({ name }) => name).join(', ')}];`,
    '',
  ].join('\n');
}

function write(path, text) {
  if (existsSync(join(root, path)) && readFileSync(join(root, path), 'utf8') === text) return;
  if (check) problems.push(`${path}: does not list the dialects there are; run npm run sync`);
  else writeFileSync(join(root, path), text);
}

function declare({ folder, manifest }, needed) {
  const missing = needed.filter(({ name }) => manifest.dependencies?.[name] === undefined);
  if (missing.length === 0) return;
  if (check) {
    problems.push(`${folder}/package.json: does not depend on ${missing.map(({ name }) => name).join(', ')}; run npm run sync`);
    return;
  }
  const dependencies = Object.fromEntries(
    [...Object.entries(manifest.dependencies ?? {}), ...missing.map(({ name }) => [name, '*'])].sort(([one], [other]) => (one < other ? -1 : 1)),
  );
  writeFileSync(join(root, folder, 'package.json'), `${JSON.stringify({ ...manifest, dependencies }, null, 2)}\n`);
}

/** `@hookyard/dialect-pact-broker` → `pactBroker`, the name that the package exports its dialect under. */
function variable(name) {
  return camel(name.replace('@hookyard/dialect-', ''));
}

function camel(dashed) {
  return dashed.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
}

function moduleName(name) {
  const dialect = variable(name.replace(/-http$/, ''));
  return `${dialect[0].toUpperCase()}${dialect.slice(1)}HttpModule`;
}
