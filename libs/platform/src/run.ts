import { type Environment, loadSettings, openOpsServer, opsAnswers, processEnvironment, type SettingsClass, summarizeSettings } from '@hookyard/runtime';
import { ClusterSettings } from './cluster.settings.ts';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import { isShared } from './open-engine.ts';
import { openPlatform, type Platform } from './platform.ts';
import { OpsSettings, PlatformSettings } from './platform.settings.ts';
import { type RunningService, startService } from './running-service.ts';
import { givenSecrets, type Secrets } from './secrets.ts';
import { type Service, type ServiceModule, serviceName } from './service.ts';
import { StartRefused } from './start-refused.ts';
import { untilSignal } from './until-signal.ts';

export type Running = {
  /** Where the REST edge listens; null when none of the services has one. */
  readonly url: string | null;
  readonly platform: Platform;
  readonly settings: PlatformSettings;
  /** Drains and stops the services in reverse order of their start, the engine last. */
  stop(): Promise<void>;
};

export type RunOptions = {
  /** Defaults of the host over those of the services, by environment variable. */
  readonly defaults?: Environment;
  /** When everything runs. */
  readonly onReady?: (running: Running & { readonly folder: DataFolder }) => Promise<void> | void;
};

/** Runs services in this one process, started in the order given, until a signal; then drains them and ends the process. */
export async function runAll(services: readonly Service[], { defaults = {}, onReady }: RunOptions = {}): Promise<void> {
  await untilSignal(async () => {
    const running = await startAll(services, processEnvironment(defaults));
    logBreakage(running);
    await onReady?.(running);
    return running.stop;
  });
}

/** Runs one service as a process of its own, beside others on a shared engine, with health and metrics on a port of their own. */
export async function runService(module: ServiceModule, settings: SettingsClass): Promise<void> {
  await untilSignal(async () => {
    const loaded = load([{ module, settings }], processEnvironment(), [OpsSettings]);
    const { engine } = loaded.platform;
    if (!isShared[engine]) {
      throw new StartRefused(
        `The engine "${engine}" lives in one process, so ${serviceName(module)} cannot run on its own: start all services together with npm start, or set HOOKYARD_ENGINE to cluster.`,
      );
    }
    const running = await start(loaded, { secrets: givenSecrets(module, loaded.platform), folder: '', name: serviceName(module) });
    logBreakage(running);
    const { health, metrics, log } = running.platform;
    const { opsHost: host, opsPort: port } = loaded.others[0] as OpsSettings;
    const server = await openOpsServer(opsAnswers(health, metrics), { host, port });
    log.info({ service: serviceName(module), api: running.url, opsPort: server.port }, 'ready');
    return async () => {
      await running.stop();
      await server.close();
    };
  });
}

/** Starts everything, or nothing: what was started is stopped again when a later part cannot start. Data and secrets lie in the data folder. */
export async function startAll(services: readonly Service[], environment: Environment): Promise<Running & { readonly folder: DataFolder }> {
  const loaded = load(services, environment);
  const folder = await openDataFolder(loaded.platform);
  return { ...(await start(loaded, { secrets: folder, folder: folder.path, name: 'standalone' })), folder };
}

type Loaded = {
  readonly services: readonly Service[];
  readonly platform: PlatformSettings;
  readonly cluster: ClusterSettings;
  /** In the order of the services. */
  readonly own: readonly object[];
  /** Of the other classes asked for, in their order. */
  readonly others: readonly object[];
  /** What is not left at its default, secrets as `set`. */
  readonly given: Readonly<Record<string, unknown>>;
};

function load(services: readonly Service[], environment: Environment, others: readonly SettingsClass[] = []): Loaded {
  const all = loadSettings([PlatformSettings, ClusterSettings, ...services.map((service) => service.settings), ...others], environment);
  const [platform, cluster, ...rest] = all;
  return { services, platform, cluster, own: rest.slice(0, services.length), others: rest.slice(services.length), given: given(all, environment) };
}

type Surroundings = { readonly secrets: Secrets; readonly folder: string; readonly name: string };

async function start({ services, platform: settings, cluster, own, given }: Loaded, surroundings: Surroundings): Promise<Running> {
  const platform = await openPlatform({ settings, cluster, ...surroundings });
  const started: RunningService[] = [];
  const stop = async (): Promise<void> => {
    for (const service of started.toReversed()) await service.close();
    await platform.close();
  };
  try {
    platform.log.info({ settings: given }, 'starting');
    for (const [place, service] of services.entries()) started.push(await startService(platform, service, own[place] as object));
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: started.find(({ url }) => url !== null)?.url ?? null, platform, settings, stop };
}

function given(loaded: readonly object[], environment: Environment): Readonly<Record<string, unknown>> {
  const all = loaded.flatMap((settings) => Object.entries(summarizeSettings(settings)));
  return Object.fromEntries(all.filter(([name]) => environment[name] !== undefined));
}

/** What nobody caught ends the process, and so it should: the log says why. */
function logBreakage({ platform }: Running): void {
  process.on('uncaughtExceptionMonitor', (error) => platform.log.fatal({ err: error }, 'broken; the process ends'));
}
