import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { inFolder } from './cache.ts';
import { classPath, compiled, mongoJars } from './jars.ts';
import { freePort } from './ports.ts';
import { startProcess } from './process.ts';
import { together, type Server } from './server.ts';

export type PlaceOptions = {
  /** Where the data goes; default a new folder. `stop` removes it. */
  readonly folder?: string;
  /** Goes on when this process ends. Default false. */
  readonly outlives?: boolean;
};

/** A server that speaks MongoDB's protocol and keeps what it acknowledged over a kill; what it cannot do is in README.md. `address` is a mongodb:// URI. */
export async function startMongo(options: PlaceOptions = {}): Promise<Server> {
  const classes = await compiled(new URL('../java/MongoWireServer.java', import.meta.url), await classPath(mongoJars));
  const port = await freePort();
  return inFolder('mongodb', options.folder, async (folder) => {
    const server = await startProcess({
      name: 'the MongoDB test server',
      command: 'java',
      args: ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', classes, 'MongoWireServer', String(port), join(folder, 'store.mv')],
      logFile: join(folder, 'server.log'),
      ready: /^listening on mongodb:/m,
      folder,
      outlives: options.outlives ?? false,
    });
    return together(`mongodb://127.0.0.1:${port}`, [server], () => rm(folder, { recursive: true, force: true }));
  });
}
