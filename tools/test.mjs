/**
 * `npm test`: checks, then every test, and a closing line with the sum.
 * `npm test -- <pattern>` runs only the tests whose path matches, without the checks.
 * End-to-end suites start real hosts, so they run one file at a time, after the others.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './check/workspace.mjs';

class Stop extends Error {}

const pattern = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), 'hookyard-test-'));
const sum = { passed: 0, failed: 0, skipped: 0 };

try {
  if (!step('build', 'npx', ['tsc', '-b'])) throw new Stop();
  if (pattern.length === 0) for (const check of ['check:types', 'check:lint', 'check:structure', 'check:golden']) step(check, 'npm', ['run', '--silent', check]);
  jest('unit and contract', ['--maxWorkers=2', '--testPathIgnorePatterns', '\\.e2e\\.ts$', '\\.cluster\\.spec\\.ts$']);
  jest('end to end', ['--runInBand', '--testPathIgnorePatterns', '\\.spec\\.ts$', '\\.cluster\\.e2e\\.ts$']);
} catch (error) {
  if (!(error instanceof Stop)) throw error;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
console.log(`\n${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ''}`);
process.exitCode = sum.failed > 0 || sum.passed === 0 ? 1 : 0;

/** A check counts like one test. */
function step(name, command, args) {
  console.log(`\n> ${name}`);
  const passed = run(command, args) === 0;
  sum[passed ? 'passed' : 'failed'] += 1;
  if (!passed) console.error(`${name} failed`);
  return passed;
}

function jest(name, options) {
  console.log(`\n> ${name}`);
  const report = join(scratch, `${name.replaceAll(' ', '-')}.json`);
  const status = run(process.execPath, [
    '--experimental-vm-modules',
    '--no-warnings',
    join(root, 'node_modules/jest/bin/jest.js'),
    '--config=jest.config.mjs',
    '--passWithNoTests',
    '--json',
    `--outputFile=${report}`,
    ...pattern,
    ...options,
  ]);
  const before = sum.failed;
  try {
    const result = JSON.parse(readFileSync(report, 'utf8'));
    sum.passed += result.numPassedTests;
    // A suite that could not even be loaded has no tests to count, and is a failure all the same.
    sum.failed += result.numFailedTests + result.numRuntimeErrorTestSuites;
    sum.skipped += result.numPendingTests + result.numTodoTests;
  } catch {
    console.error(`${name}: the test runner left no report`);
  }
  if (status !== 0 && sum.failed === before) sum.failed += 1;
}

function run(command, args) {
  // The report goes to its file; Jest repeats it on stdout, which nobody needs.
  return spawnSync(command, args, { cwd: root, stdio: ['ignore', args.includes('--json') ? 'ignore' : 'inherit', 'inherit'] }).status ?? 1;
}


