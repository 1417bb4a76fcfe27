import { isFault } from '@hookyard/event-schemas';
import { type Clock, systemClock } from '@hookyard/ports';
import { commandClient, type CommandClient, createHealth, createLog, createMetrics, type Health, type Log, type Metrics } from '@hookyard/runtime';
import { secretBox, type SecretBox } from '@hookyard/signing';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import { type Engine, openEngine } from './engine.ts';
import type { PlatformSettings } from './platform.settings.ts';
import { StartRefused } from './start-refused.ts';
import { topicPlan } from './topic-plan.ts';

/** What the services of one process share. */
export type Platform = {
  readonly engine: Engine;
  readonly folder: DataFolder;
  readonly clock: Clock;
  readonly secretBox: SecretBox;
  readonly commands: CommandClient;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly log: Log;
  close(): Promise<void>;
};

/** Opens the data folder and the engine, and declares the topics. Throws `StartRefused` with a sentence when that cannot be. */
export async function openPlatform(settings: PlatformSettings): Promise<Platform> {
  const log = createLog({ level: settings.logLevel });
  const folder = await openDataFolder(settings);
  const engine = await openEngine(settings.engine, folder.path).catch((error: unknown) => refuse(error, folder.path));
  try {
    await engine.bus.declare(topicPlan(settings));
  } catch (error) {
    await engine.close();
    throw isFault(error, 'topic_mismatch')
      ? new StartRefused(`HOOKYARD_PARTITIONS is ${settings.partitions}, but the data in ${folder.path} has another number: it is fixed at the first start.`)
      : error;
  }
  const commands = commandClient({ bus: engine.bus, log });
  return {
    engine,
    folder,
    clock: systemClock,
    secretBox: secretBox(folder.masterKey),
    commands,
    health: createHealth(),
    metrics: createMetrics({ processMetrics: true }),
    log,
    async close() {
      await commands.close();
      await engine.close();
    },
  };
}

const folderFaults = ['data_folder_in_use', 'data_folder_damaged', 'data_folder_too_new'] as const;

function refuse(error: unknown, path: string): never {
  if (!folderFaults.some((code) => isFault(error, code))) throw error;
  const { message } = error as Error;
  throw new StartRefused(message.includes(path) ? message : `${message} (${path})`, { cause: error });
}
