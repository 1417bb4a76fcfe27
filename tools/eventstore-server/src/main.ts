/** The EventStoreDB test server as a process of its own: see README.md. */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { startControlServer } from './faults/control-server.ts';
import { startEventStoreServer } from './server.ts';

const usage = `node main.js --data <folder> [--host 127.0.0.1] [--port 0] [--control-port 0]
             [--user <name>:<password>] [--cert <file> --key <file>]
`;

const { values: given } = parseArgs({
  options: {
    data: { type: 'string' },
    host: { type: 'string' },
    port: { type: 'string', default: '0' },
    'control-port': { type: 'string' },
    user: { type: 'string' },
    cert: { type: 'string' },
    key: { type: 'string' },
  },
});

if (given.data === undefined) {
  process.stderr.write(usage);
  process.exit(2);
}

const server = await startEventStoreServer({
  data: given.data,
  port: Number(given.port),
  ...(given.host !== undefined && { host: given.host }),
  ...(given.user !== undefined && { user: credentialsOf(given.user) }),
  ...(given.cert !== undefined && given.key !== undefined && { tls: { cert: await readFile(given.cert), key: await readFile(given.key) } }),
});
const control = given['control-port'] === undefined ? undefined : await startControlServer(server, Number(given['control-port']));

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());

process.stdout.write(`listening on ${server.connectionString}\n`);
if (control !== undefined) process.stdout.write(`control on ${control.url}\n`);

async function stop(): Promise<void> {
  await control?.close();
  await server.stop();
  process.exit(0);
}

/** The password may hold colons. */
function credentialsOf(text: string): { name: string; password: string } {
  const colon = text.indexOf(':');
  return { name: text.slice(0, colon), password: text.slice(colon + 1) };
}
