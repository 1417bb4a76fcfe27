/** What `npm test` and `npm run test:cluster` share: named steps, Jest runs, and the closing line with the sum of both. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './check/workspace.mjs';

class Stop extends Error {}

/** Runs `work` with a report to fill, prints the closing line, and sets the exit code: what has no passed test has failed. */
export async function report(work) {
  const scratch = mkdtempSync(join(tmpdir(), 'hookyard-test-'));
  const sum = { passed: 0, failed: 0, skipped: 0 };
  try {
    await work({ step, jest, fail });
  } catch (error) {
    if (!(error instanceof Stop)) fail(error.message);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  console.log(`\n${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ''}`);
  process.exitCode = sum.failed > 0 || sum.passed === 0 ? 1 : 0;

  /** A check counts like one test; one that the rest needs ends the run when it fails. */
  function step(name, command, args, { needed = false } = {}) {
    console.log(`\n> ${name}`);
    if (run(command, args) === 0) sum.passed += 1;
    else fail(`${name} failed`);
    if (needed && sum.failed > 0) throw new Stop();
  }

  function fail(sentence) {
    sum.failed += 1;
    console.error(sentence);
  }

  /** Answers how many tests there were. */
  function jest(name, { options, patterns = [], env = {} }) {
    console.log(`\n> ${name}`);
    const file = join(scratch, `${name.replaceAll(' ', '-')}.json`);
    const status = run(
      process.execPath,
      [
        '--experimental-vm-modules',
        '--no-warnings',
        join(root, 'node_modules/jest/bin/jest.js'),
        '--config=jest.config.mjs',
        '--passWithNoTests',
        '--json',
        `--outputFile=${file}`,
        ...patterns,
        ...options,
      ],
      env,
    );
    const result = resultOf(file);
    sum.passed += result.passed;
    sum.failed += result.failed;
    sum.skipped += result.skipped;
    if (status !== 0 && result.failed === 0) fail(`${name}: the test runner ended with ${status}`);
    return result.passed + result.failed;
  }
}

function resultOf(file) {
  try {
    const result = JSON.parse(readFileSync(file, 'utf8'));
    return {
      passed: result.numPassedTests,
      // A suite that could not even be loaded has no tests to count, and is a failure all the same.
      failed: result.numFailedTests + result.numRuntimeErrorTestSuites,
      skipped: result.numPendingTests + result.numTodoTests,
    };
  } catch {
    return { passed: 0, failed: 0, skipped: 0 };
  }
}

function run(command, args, env = {}) {
  // Jest's report goes to its file; it repeats it on stdout, which nobody needs.
  const stdio = ['ignore', args.includes('--json') ? 'ignore' : 'inherit', 'inherit'];
  return spawnSync(command, args, { cwd: root, stdio, env: { ...process.env, ...env } }).status ?? 1;
}
