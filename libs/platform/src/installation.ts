import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Clock, systemClock } from '@hookyard/ports';
import { createLog, type Environment, loadSettings, type Log, type SettingsClass } from '@hookyard/runtime';
import { ClusterSettings } from './cluster.settings.ts';
import { masterKeyAt } from './data-folder.ts';
import type { Engine } from './engine.ts';
import { openDeclared } from './platform.ts';
import { PlatformSettings } from './platform.settings.ts';
import { StartRefused } from './start-refused.ts';

/** An engine with all that lies on it, and no service running in this process: for tools that work on the whole. */
export type Installation = {
  readonly engine: Engine;
  readonly settings: PlatformSettings;
  /** Of the classes asked for, in their order. */
  readonly own: readonly object[];
  /** 32 bytes; null when this process is not given the one of the installation. */
  readonly masterKey: Buffer | null;
  readonly clock: Clock;
  readonly log: Log;
  close(): Promise<void>;
};

export type InstallationOptions = {
  /** Of all services, so that the environment of an installation can be given as it is. */
  readonly classes: readonly SettingsClass[];
  readonly environment: Environment;
  /** Whether it may be made where there is none. */
  readonly mayCreate: boolean;
};

/** Opens what the settings name. Throws `StartRefused` with a sentence when that cannot be: the embedded engine's is open to one process at a time. */
export async function openInstallation({ classes, environment, mayCreate }: InstallationOptions): Promise<Installation> {
  const [settings, cluster, ...own] = loadSettings([PlatformSettings, ClusterSettings, ...classes], environment) as [PlatformSettings, ClusterSettings, ...object[]];
  if (settings.engine === 'memory') throw new StartRefused('The engine "memory" keeps nothing that could be worked on from outside.');
  const folder = settings.engine === 'embedded' ? resolve(settings.dataFolder) : '';
  if (folder !== '' && !mayCreate) await requireFolder(folder);
  const log = createLog({ level: settings.logLevel });
  const masterKey = settings.masterKey === undefined ? await masterKeyAt(folder) : Buffer.from(settings.masterKey, 'base64');
  const engine = await openDeclared({ settings, cluster, folder, name: 'operations', log });
  return { engine, settings, own, masterKey, clock: systemClock, log, close: () => engine.close() };
}

async function requireFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => null);
  if (found?.isDirectory() !== true) throw new StartRefused(`There is no installation in ${folder}. Name its folder with HOOKYARD_DATA_FOLDER.`);
}
