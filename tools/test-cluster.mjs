/**
 * `npm run test:cluster`: what needs Kafka, EventStoreDB and MongoDB: first the suites of the adapters, then the end-to-end suites against five processes.
 * Servers named in the environment are used as they are; those that are not are started, and ended at the end. What cannot be started is a failure.
 * `npm run test:cluster -- <pattern>` runs only the tests whose path matches; `--long` makes the failure runs wait longer and repeat more.
 */
import { parseArgs } from 'node:util';
import { report } from './test-report.mjs';

/** End-to-end suites that are about the standalone host alone; all others run here as well. */
const standaloneOnly = ['host.e2e.ts'];

const { values, positionals: patterns } = parseArgs({ allowPositionals: true, options: { long: { type: 'boolean', default: false } } });

await report(async ({ step, jest, fail }) => {
  step('build', 'npx', ['tsc', '-b'], { needed: true });
  const servers = await startMissing(fail);
  const env = { ...servers.env, HOOKYARD_E2E_TARGET: 'cluster', ...(values.long ? { HOOKYARD_FAILURES: 'long' } : {}) };
  const endToEnd = (name, instances, ignored) =>
    jest(name, {
      patterns,
      env: { ...env, HOOKYARD_E2E_INSTANCES: String(instances) },
      options: ['--runInBand', '--testPathIgnorePatterns', '\\.spec\\.ts$', ...ignored],
    });
  const alone = standaloneOnly.map((file) => `/${file.replaceAll('.', '\\.')}$`);
  try {
    const found =
      // Suites that kill brokers of their own would keep those of another from being heard in time: two cores, one suite.
      jest('cluster contract', { patterns, env: servers.env, options: ['--runInBand', '--testPathIgnorePatterns', '\\.e2e\\.ts$', '(?<!\\.cluster)\\.spec\\.ts$'] }) +
      endToEnd('cluster end to end, five processes', 1, alone) +
      endToEnd('cluster end to end, two matchers and two dispatchers', 2, [...alone, '\\.cluster\\.e2e\\.ts$']);
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
