/**
 * `npm run cluster`: the five services as processes of their own on this machine, until Ctrl-C. Kafka, EventStoreDB and MongoDB are
 * those that the environment names, or those of `npm run servers`, started when they do not run yet; they go on afterwards.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { byHand, serverNames, up } from '@hookyard/test-servers';
import { startCluster } from './cluster.ts';

// Its name is the namespace on the servers; nothing lies in it but the administrator's token.
const folder = join(import.meta.dirname, '../../data/dev-cluster');

for (const name of serverNames) process.env[byHand[name].variable] ??= (await up(name)).address;
const cluster = await startCluster({ dataFolder: folder, settings: { HOOKYARD_PORT: process.env['HOOKYARD_PORT'] ?? '8080' } });
await mkdir(folder, { recursive: true });
await writeFile(join(folder, 'admin-token'), `${cluster.adminToken}\n`, { mode: 0o600 });

const lines = [
  'Hookyard is ready, on Kafka, EventStoreDB and MongoDB.',
  `  API      ${cluster.url}/v1`,
  `  Docs     ${cluster.url}/docs`,
  ...cluster.instances().map(({ service, opsUrl }) => `  ${service.padEnd(14)} ${opsUrl}/health/ready`),
  `  Token    cat ${join(folder, 'admin-token')}   (the administrator's)`,
  'The demo: HOOKYARD_DATA_FOLDER=data/dev-cluster npm run demo',
  'Ctrl-C stops the services; npm run servers -- down ends the servers and removes their data.',
];
process.stdout.write(`${lines.join('\n')}\n`);

let stopping: Promise<number | null> | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => void (stopping ??= cluster.stop()).then((code) => process.exit(code ?? 1)));
}
