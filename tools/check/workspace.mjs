import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

/** Every package of the workspace: folder, name, layer, whether it is fit for tests of others, and its manifest. */
export function packages() {
  return readJson('package.json')
    .workspaces.flatMap(foldersOf)
    .sort()
    .map((folder) => {
      const manifest = readJson(join(folder, 'package.json'));
      const tags = manifest.nx?.tags ?? [];
      return {
        folder,
        name: manifest.name,
        layer: tags.find((tag) => tag.startsWith('layer:'))?.slice('layer:'.length),
        embedded: tags.includes('embedded'),
        manifest,
      };
    });
}

export function readJson(path) {
  return JSON.parse(readFileSync(join(root, path), 'utf8'));
}

/** The files below a folder, as paths from the root; build output and installed packages are passed over. */
export function filesBelow(folder, ending) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ['node_modules', 'dist', '.git', '.nx'].includes(entry.name) ? [] : filesBelow(path, ending);
    return path.endsWith(ending) ? [path] : [];
  });
}

/** Whether a file is only there for tests, and may therefore lean on what the package itself may not. */
export function isTest(path) {
  return /\.(spec|e2e|contract)\.ts$|\/testing\.ts$|\/testing\/|[/-]harness\.ts$/.test(path);
}

/** Every module that a file imports, by its specifier, with the line it stands in. */
export function imports(path) {
  const text = readFileSync(join(root, path), 'utf8');
  const statements = /(?:^|[;}\n])\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"\n]+)['"]|(?:^|\n)\s*import\s*['"]([^'"\n]+)['"]|\bimport\s*\(\s*['"]([^'"\n]+)['"]/g;
  return [...text.matchAll(statements)].map((match) => ({
    specifier: match[1] ?? match[2] ?? match[3],
    line: text.slice(0, match.index).trimEnd().split('\n').length + (match[0].startsWith('\n') ? 1 : 0),
  }));
}

/** The package that a specifier names: `@scope/name/deep` → `@scope/name`. */
export function packageOf(specifier) {
  return specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

/** Prints what is wrong and ends with 1, or says what was checked. */
export function conclude(problems, allRight) {
  if (problems.length === 0) {
    console.log(allRight);
    return;
  }
  console.error(problems.join('\n'));
  console.error(`${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`);
  process.exitCode = 1;
}

function foldersOf(pattern) {
  let folders = [''];
  for (const part of pattern.split('/')) {
    folders = folders.flatMap((folder) => (part === '*' ? subfolders(folder) : [join(folder, part)]));
  }
  return folders.filter((folder) => existsSync(join(root, folder, 'package.json')));
}

function subfolders(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules')
    .map((entry) => join(folder, entry.name));
}
