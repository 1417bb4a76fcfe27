import { parseArgs } from 'node:util';
import { clusterTarget } from './cluster-target.mjs';
import { embeddedTarget } from './embedded-target.mjs';

const engines = { embedded: embeddedTarget, cluster: clusterTarget };
const own = { engine: { type: 'string', default: 'embedded' }, instances: { type: 'string', default: '1' } };

export const allServices = ['subscriptions', 'delivery-log', 'dispatcher', 'matcher', 'gateway'];

/** The program's arguments, beside `--engine` and `--instances`; a wrong one is said and ends the program. */
export function argumentsOf(defaults) {
  const options = { ...own, ...Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, { type: 'string', default: `${value}` }])) };
  const { values } = parseArgs({ options });
  if (engines[values.engine] === undefined) throw new Error(`--engine: one of ${Object.keys(engines).join(', ')}`);
  if (values.engine === 'embedded' && values.instances !== '1') throw new Error('--instances: the embedded engine lives in one process');
  return { ...values, instances: Number(values.instances) };
}

/**
 * A Hookyard to be measured, on either engine, with settings by service and for `every` process. None of its services runs yet, for all that is known of it:
 * - `servicesAre(names)`: makes these services run and no others; resolves when they are ready;
 * - `url()`, `token`: its API, while the gateway runs;
 * - `metrics()`: what all its processes tell, as Prometheus text;
 * - `processes()`: `{ name, pid }` of services and servers, as far as they are known;
 * - `stop()`: ends everything that was started for it, and removes its data.
 */
export function openTarget({ engine, instances, settings = {} }) {
  // Only an exit in order ends the processes that were started.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));
  return engines[engine]({ instances, settings });
}
