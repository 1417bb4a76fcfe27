import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from './cache.ts';
import { startEventStore } from './eventstore.ts';
import { identify, isAlive, type Identity } from './identity.ts';
import { startKafka } from './kafka.ts';
import { withLock } from './lock.ts';
import { startMongo } from './mongodb.ts';
import { end } from './process.ts';
import type { Server } from './server.ts';

/** The servers that `npm run servers -- up` starts, with the variable that tells tests where each is. */
export const byHand = {
  kafka: { variable: 'HOOKYARD_TEST_KAFKA', start: startKafka },
  eventstore: { variable: 'HOOKYARD_TEST_EVENTSTORE', start: startEventStore },
  mongodb: { variable: 'HOOKYARD_TEST_MONGODB', start: startMongo },
} as const satisfies Record<string, { variable: string; start: (options: { folder: string; outlives: boolean }) => Promise<Server> }>;

export type ServerName = keyof typeof byHand;
export const serverNames = Object.keys(byHand) as readonly ServerName[];

/** What is remembered of a started server, so that another process can find and end it. */
export type Running = { readonly address: string; readonly processes: readonly Identity[] };

/** Starts the server unless it runs; it goes on when this process ends. Begins with empty data. */
export async function up(name: ServerName): Promise<Running> {
  await mkdir(stateFolder(), { recursive: true });
  return withLock(join(stateFolder(), `${name}.lock`), async () => {
    const found = await running(name);
    if (found !== undefined) return found;
    await clear(name);
    const server = await byHand[name].start({ folder: dataOf(name), outlives: true });
    const started = { address: server.address, processes: server.pids().map(identify) };
    await writeFile(recordOf(name), JSON.stringify(started));
    return started;
  });
}

/** Ends the server if `up` started it, and removes its data; answers whether it ran. */
export async function down(name: ServerName): Promise<boolean> {
  await mkdir(stateFolder(), { recursive: true });
  return withLock(join(stateFolder(), `${name}.lock`), async () => {
    return clear(name);
  });
}

/** The server that `up` started, while all of it runs. */
export async function running(name: ServerName): Promise<Running | undefined> {
  const found = await recorded(name);
  return found !== undefined && found.processes.every(isAlive) ? found : undefined;
}

async function recorded(name: ServerName): Promise<Running | undefined> {
  const text = await readFile(recordOf(name), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Running);
}

/** Ends what still runs of the server and forgets it; answers whether anything did. */
async function clear(name: ServerName): Promise<boolean> {
  const alive = (await recorded(name))?.processes.filter(isAlive) ?? [];
  await Promise.all(alive.map((identity) => end(identity, 'SIGKILL')));
  await rm(recordOf(name), { force: true });
  await rm(dataOf(name), { recursive: true, force: true });
  return alive.length > 0;
}

const stateFolder = (): string => join(cacheFolder(), 'running');
const recordOf = (name: ServerName): string => join(stateFolder(), `${name}.json`);
const dataOf = (name: ServerName): string => join(stateFolder(), name);
