/** A process with some of the services on the embedded engine: `node embedded-main.mjs matcher,dispatcher`, settings in the environment. Tells its parent where its API is, and its metrics when asked. */
import { serviceName, startAll } from '@hookyard/platform';
import { processEnvironment } from '@hookyard/runtime';
import { services } from '@hookyard/standalone';

const wanted = process.argv[2].split(',');
const running = await startAll(services.filter(({ module }) => wanted.includes(serviceName(module))), processEnvironment());
process.on('message', async (ask) => {
  if (ask === 'metrics') process.send(await running.platform.metrics.registry.metrics());
});
process.once('SIGTERM', async () => {
  await running.stop();
  process.exit(0);
});
process.once('disconnect', () => process.exit(1));
process.send({ url: running.url });
