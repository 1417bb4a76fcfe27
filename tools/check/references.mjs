/** Writes each package's tsconfig `references` from its dependencies, and the root's from the workspaces; `--check` only compares. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { conclude, packages, root } from './workspace.mjs';

const check = process.argv.includes('--check');
const all = packages();
const folderOf = new Map(all.map((found) => [found.name, found.folder]));
const problems = [];

for (const { folder, manifest } of all) {
  const named = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
  sync(join(folder, 'tsconfig.json'), named.filter((name) => folderOf.has(name)).map((name) => ({ path: relative(folder, folderOf.get(name)) })));
}
sync('tsconfig.json', all.map(({ folder }) => ({ path: folder })));
conclude(problems, `references: ${all.length} packages ${check ? 'agree with' : 'written from'} their dependencies`);

function sync(path, references) {
  const before = readFileSync(join(root, path), 'utf8');
  const after = `${JSON.stringify({ ...JSON.parse(before), references }, null, 2)}\n`;
  if (paths(JSON.parse(before).references) === paths(references)) return;
  if (check) problems.push(`${path}: references differ from package.json; run npm run sync`);
  else writeFileSync(join(root, path), after);
}

function paths(references = []) {
  return references.map(({ path }) => path).sort().join('\n');
}
