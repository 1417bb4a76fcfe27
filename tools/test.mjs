/**
 * `npm test`: checks, then every test, and a closing line with the sum.
 * `npm test -- <pattern>` runs only the tests whose path matches, without the checks.
 * End-to-end suites start real hosts, so they run one file at a time, after the others. What needs servers is in `npm run test:cluster`.
 */
import { report } from './test-report.mjs';

const patterns = process.argv.slice(2);

await report(({ step, jest }) => {
  step('build', 'npx', ['tsc', '-b'], { needed: true });
  if (patterns.length === 0) for (const check of ['check:types', 'check:lint', 'check:structure', 'check:golden']) step(check, 'npm', ['run', '--silent', check]);
  jest('unit and contract', { patterns, options: ['--maxWorkers=2', '--testPathIgnorePatterns', '\\.e2e\\.ts$', '\\.cluster\\.spec\\.ts$'] });
  jest('end to end', { patterns, options: ['--runInBand', '--testPathIgnorePatterns', '\\.spec\\.ts$', '\\.cluster\\.e2e\\.ts$'] });
});
