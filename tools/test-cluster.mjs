/**
 * `npm run test:cluster`: what needs Kafka, EventStoreDB and MongoDB: first the suites of the adapters, then the end-to-end suites against five processes.
 * Servers named in the environment are used as they are; those that are not are started, and ended at the end. What cannot be started is a failure.
 * `npm run test:cluster -- <pattern>` runs only the tests whose path matches.
 */
import { report } from './test-report.mjs';

/** End-to-end suites that are about the standalone host alone; all others run here as well. */
const standaloneOnly = ['host.e2e.ts', 'readme.e2e.ts'];

const patterns = process.argv.slice(2);

await report(async ({ step, jest, fail }) => {
  step('build', 'npx', ['tsc', '-b'], { needed: true });
  const servers = await startMissing(fail);
  try {
    const found =
      jest('cluster contract', { patterns, env: servers.env, options: ['--maxWorkers=2', '--testPathIgnorePatterns', '\\.e2e\\.ts$', '(?<!\\.cluster)\\.spec\\.ts$'] }) +
      jest('cluster end to end', {
        patterns,
        env: { ...servers.env, HOOKYARD_E2E_TARGET: 'cluster' },
        options: ['--runInBand', '--testPathIgnorePatterns', '\\.spec\\.ts$', ...standaloneOnly.map((file) => `/${file.replaceAll('.', '\\.')}$`)],
      });
    if (found === 0) fail('no test was found');
  } finally {
    await servers.stop();
  }
});

/** Starts the servers that no variable names; answers the variables of those, and how to end them. */
async function startMissing(fail) {
  const { byHand } = await import('./servers/dist/index.js');
  const missing = Object.entries(byHand).filter(([, { variable }]) => !process.env[variable]);
  console.log(`\n> servers${missing.length === 0 ? ': all named in the environment' : ''}`);
  const started = await Promise.all(
    missing.map(async ([name, { variable, start }]) => {
      try {
        const server = await start();
        console.log(`${name}: ${server.address}`);
        return { variable, server };
      } catch (error) {
        fail(`${name} could not be started: ${error.message}`);
      }
    }),
  );
  const running = started.filter((entry) => entry !== undefined);
  return {
    env: Object.fromEntries(running.map(({ variable, server }) => [variable, server.address])),
    stop: () => Promise.all(running.map(({ server }) => server.stop())),
  };
}
