/** Writes every generated document anew, or with `--check` says which are stale. Each is made by the package that knows its content. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './check/workspace.mjs';

const args = process.argv.slice(2);
const writers = ['apps/gateway/dist/write-openapi.js', 'apps/standalone/dist/write-settings.js', 'tools/dist/deploy/write-env-example.js'];

const failed = writers.filter((writer) => spawnSync(process.execPath, [join(root, writer), ...args], { stdio: 'inherit', cwd: root }).status !== 0);
process.exitCode = failed.length > 0 ? 1 : 0;
