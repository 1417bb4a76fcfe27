import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inFolder } from './cache.ts';
import type { PlaceOptions } from './mongodb.ts';
import { freePort } from './ports.ts';
import { startProcess } from './process.ts';
import { together, type Server } from './server.ts';

const program = fileURLToPath(new URL('../../eventstore-server/dist/main.js', import.meta.url));

/** The EventStoreDB test server of this repository (built: `tsc -b`). `address` is an esdb:// connection string. */
export async function startEventStore(options: PlaceOptions = {}): Promise<Server> {
  const port = await freePort();
  return inFolder('eventstore', options.folder, async (folder) => {
    const server = await startProcess({
      name: 'the EventStoreDB test server',
      command: process.execPath,
      args: [program, '--port', String(port), '--data', join(folder, 'data')],
      logFile: join(folder, 'server.log'),
      ready: /^listening on esdb:/m,
      folder,
      outlives: options.outlives ?? false,
    });
    return together(`esdb://127.0.0.1:${port}?tls=false`, [server], () => rm(folder, { recursive: true, force: true }));
  });
}
