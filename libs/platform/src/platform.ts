import { isFault } from '@hookyard/event-schemas';
import { type Clock, systemClock } from '@hookyard/ports';
import { commandClient, type CommandClient, createHealth, createLog, createMetrics, type Health, type Log, type Metrics } from '@hookyard/runtime';
import { secretBox, type SecretBox } from '@hookyard/signing';
import type { ClusterSettings } from './cluster.settings.ts';
import type { Engine } from './engine.ts';
import { openEngine } from './open-engine.ts';
import type { PlatformSettings } from './platform.settings.ts';
import type { Secrets } from './secrets.ts';
import { StartRefused } from './start-refused.ts';
import { topicPlan } from './topic-plan.ts';
import { watchServers } from './watch-servers.ts';

/** What the services of one process share. */
export type Platform = {
  readonly engine: Engine;
  readonly clock: Clock;
  /** Null: no service of this process opens or seals secrets. */
  readonly secretBox: SecretBox | null;
  /** Null: no service of this process asks for it. */
  readonly adminToken: string | null;
  readonly commands: CommandClient;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly log: Log;
  close(): Promise<void>;
};

export type PlatformOptions = {
  readonly settings: PlatformSettings;
  readonly cluster: ClusterSettings;
  readonly secrets: Secrets;
  /** Where the embedded engine keeps its data. */
  readonly folder: string;
  /** How servers see this process. */
  readonly name: string;
};

/** Opens the engine and declares the topics. Throws `StartRefused` with a sentence when that cannot be. */
export async function openPlatform({ settings, cluster, secrets, folder, name }: PlatformOptions): Promise<Platform> {
  const log = createLog({ level: settings.logLevel });
  const engine = await openDeclared({ settings, cluster, folder, name, log });
  const health = createHealth();
  const metrics = createMetrics({ processMetrics: true });
  if (engine.servers !== undefined) watchServers(engine.servers, { health, metrics });
  const commands = commandClient({ bus: engine.bus, log });
  return {
    engine,
    clock: systemClock,
    secretBox: secrets.masterKey === null ? null : secretBox(secrets.masterKey),
    adminToken: secrets.adminToken,
    commands,
    health,
    metrics,
    log,
    async close() {
      await commands.close();
      await engine.close();
    },
  };
}

export type EngineSource = Omit<PlatformOptions, 'secrets'> & { readonly log: Log };

/** The engine with its topics. Throws `StartRefused` with a sentence when that cannot be. */
export async function openDeclared({ settings, cluster, folder, name, log }: EngineSource): Promise<Engine> {
  const engine = await openEngine({ name: settings.engine, folder, cluster, clientId: `hookyard-${name}`, log, onLost: breakDown }).catch((error: unknown) => refuse(error, folder));
  try {
    await engine.bus.declare(topicPlan(settings));
    return engine;
  } catch (error) {
    await engine.close();
    throw isFault(error, 'topic_mismatch')
      ? new StartRefused(`The topics are not as they were made: ${error.message} HOOKYARD_PARTITIONS is ${settings.partitions}; it is fixed at the first start.`)
      : error;
  }
}

/** Nothing can be written any more: ends the process as any uncaught error does, so that whoever supervises it starts it anew on what is durable. */
function breakDown(cause: Error): void {
  setImmediate(() => {
    throw new Error('the engine is lost', { cause });
  });
}

const folderFaults: Readonly<Record<string, (path: string) => string>> = {
  data_folder_in_use: (path) => `The data folder ${path} is in use by another process. Stop it, or choose another folder with HOOKYARD_DATA_FOLDER.`,
  data_folder_damaged: (path) => `The data folder ${path} is damaged, and is left as it is`,
  data_folder_too_new: (path) => `The data folder ${path} was written by a newer version of Hookyard; start that one`,
};

function refuse(error: unknown, path: string): never {
  const sentence = isFault(error) ? folderFaults[error.code]?.(path) : undefined;
  if (!isFault(error) || sentence === undefined) throw error;
  const { reason } = error.details;
  throw new StartRefused(sentence.endsWith('.') ? sentence : `${sentence}${typeof reason === 'string' ? ` (${reason})` : ''}.`, { cause: error });
}
