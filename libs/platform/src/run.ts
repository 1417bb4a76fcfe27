import { type Environment, loadSettings, openOpsServer, opsAnswers, processEnvironment, type SettingsClass, summarizeSettings } from '@hookyard/runtime';
import { isShared } from './engine.ts';
import { openPlatform, type Platform } from './platform.ts';
import { OpsSettings, PlatformSettings } from './platform.settings.ts';
import { type RunningService, startService } from './running-service.ts';
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
  readonly onReady?: (running: Running) => Promise<void> | void;
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
    const environment = processEnvironment();
    const [platformSettings, ops] = loadSettings([PlatformSettings, OpsSettings, settings], environment);
    if (!isShared[platformSettings.engine]) {
      throw new StartRefused(
        `The engine "${platformSettings.engine}" lives in one process, so ${serviceName(module)} cannot run on its own: start all services together with npm start.`,
      );
    }
    const running = await startAll([{ module, settings }], environment, [OpsSettings]);
    logBreakage(running);
    const { health, metrics } = running.platform;
    const server = await openOpsServer(opsAnswers(health, metrics), { host: ops.opsHost, port: ops.opsPort });
    return async () => {
      await running.stop();
      await server.close();
    };
  });
}

/** Starts everything, or nothing: what was started is stopped again when a later part cannot start. */
export async function startAll(services: readonly Service[], environment: Environment, alsoKnown: readonly SettingsClass[] = []): Promise<Running> {
  const [settings, ...loaded] = loadSettings([PlatformSettings, ...services.map((service) => service.settings), ...alsoKnown], environment);
  const platform = await openPlatform(settings);
  const started: RunningService[] = [];
  const stop = async (): Promise<void> => {
    for (const service of started.toReversed()) await service.close();
    await platform.close();
  };
  try {
    platform.log.info({ settings: given([settings, ...loaded], environment) }, 'starting');
    for (const [place, service] of services.entries()) started.push(await startService(platform, service, loaded[place] as object));
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: started.find(({ url }) => url !== null)?.url ?? null, platform, settings: settings, stop };
}


/** The settings that are not left at their defaults, secrets as `set`. */
function given(loaded: readonly object[], environment: Environment): Readonly<Record<string, unknown>> {
  const all = loaded.flatMap((settings) => Object.entries(summarizeSettings(settings)));
  return Object.fromEntries(all.filter(([name]) => environment[name] !== undefined));
}

/** What nobody caught ends the process, and so it should: the log says why. */
function logBreakage({ platform }: Running): void {
  process.on('uncaughtExceptionMonitor', (error) => platform.log.fatal({ err: error }, 'broken; the process ends'));
}
