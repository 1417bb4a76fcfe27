/** Every path that a document names exists, and every package stands on the map. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { conclude, filesBelow, packages, root } from './workspace.mjs';

const documents = ['README.md', ...filesBelow('docs', '.md')];
const problems = documents.flatMap((path) => [...brokenLinks(path), ...missingPaths(path)]);
const map = readFileSync(join(root, 'docs/map.md'), 'utf8');
for (const { folder } of packages().filter(({ folder }) => folder !== 'tools')) {
  if (!map.includes(`(../${folder})`)) problems.push(`docs/map.md: ${folder} is not on the map`);
}
conclude(problems, `docs: ${documents.length} documents name only what exists`);

function brokenLinks(path) {
  return [...text(path).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
    .filter(([, target]) => !existsSync(join(root, dirname(path), target)))
    .map(([, target]) => `${path}: links to ${target}, which does not exist`);
}

/** Paths in code spans that begin like a folder of the workspace; those with a <placeholder> or a wildcard are patterns. */
function missingPaths(path) {
  return [...text(path).matchAll(/`((?:apps|libs|tools|docs)\/[^`\s]+)`/g)]
    .map(([, named]) => named)
    .filter((named) => !/[<*{…]/.test(named) && !existsSync(join(root, named)))
    .map((named) => `${path}: names ${named}, which does not exist`);
}

function text(path) {
  return readFileSync(join(root, path), 'utf8');
}
