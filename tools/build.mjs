/** Builds only when something changed since: the second start costs a look at the files, not a compiler. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packages, root } from './check/workspace.mjs';

// Touched when a build has succeeded, with the time it began: what changes while it runs counts as changed.
const stamp = join(root, 'apps/standalone/dist/.built');

/** Whether a source, a manifest or a compiler setting is newer than the last build, or a package has none. */
export function isStale() {
  const builtAt = newest(stamp);
  const all = packages();
  if (all.some(({ folder }) => !existsSync(join(root, folder, 'dist/tsconfig.tsbuildinfo')))) return true;
  const inputs = all.flatMap(({ folder }) => ['package.json', 'tsconfig.json', 'src'].map((name) => join(root, folder, name)));
  return [join(root, 'tsconfig.base.json'), ...inputs].some((path) => newest(path) >= builtAt);
}

/** Builds everything at once; answers whether it worked. */
export function build() {
  process.stdout.write('Building …\n');
  const begunAt = new Date();
  if (tsc(['-b']) !== 0) return false;
  writeFileSync(stamp, '');
  utimesSync(stamp, begunAt, begunAt);
  return true;
}

function tsc(options) {
  return spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...options], { cwd: root, stdio: 'inherit' }).status;
}

/** When the path, or anything below it that goes into a build, was last written; 0 when it is not there. */
function newest(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 0;
  if (!found.isDirectory()) return found.mtimeMs;
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() || !entry.name.endsWith('.spec.ts'))
    .reduce((latest, entry) => Math.max(latest, newest(join(path, entry.name))), found.mtimeMs);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(build() ? 0 : 1);
