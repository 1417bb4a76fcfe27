/** `npm run bench -- match`: builds, then runs one bench program. Without a name: says which there are. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const [name, ...args] = process.argv.slice(2);
const program = join(import.meta.dirname, `${name}.mjs`);
if (name === undefined || name === 'run' || !existsSync(program)) {
  const names = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.mjs') && file !== 'run.mjs');
  console.error(`Name one of: ${names.map((file) => file.slice(0, -'.mjs'.length)).join(', ')}`);
  process.exit(1);
}
execFileSync('npx', ['tsc', '-b'], { stdio: 'inherit', cwd: join(import.meta.dirname, '../..') });
process.exit(spawnSync(process.execPath, ['--expose-gc', program, ...args], { stdio: 'inherit' }).status ?? 1);
