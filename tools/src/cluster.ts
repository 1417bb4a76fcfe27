import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { launch, type Host, type HostOptions, type Run } from './demo/host.ts';
import { until } from './until.ts';

export const serviceNames = ['subscriptions', 'delivery-log', 'dispatcher', 'matcher', 'gateway'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** One process of a service. */
export type Instance = {
  readonly service: ServiceName;
  readonly pid: number;
  /** Health and metrics. */
  readonly opsUrl: string;
  /** Ctrl-C; answers the exit code. */
  readonly stop: () => Promise<number | null>;
  /** `kill -9`; resolves when the process is gone. */
  readonly kill: () => Promise<void>;
  /** SIGSTOP and SIGCONT. */
  readonly pause: () => void;
  readonly resume: () => void;
  readonly output: () => string;
};

/** The five services as processes of their own, on servers named in the environment. */
export type Cluster = Host & {
  /** What the names of its topics, groups and streams begin with, followed by a dot. */
  readonly namespace: string;
  readonly instances: () => readonly Instance[];
  /** One more process of a service; resolves when it is ready. */
  readonly start: (service: ServiceName) => Promise<Instance>;
};

export type ClusterOptions = HostOptions & {
  /** Processes of each service. @default 1 */
  readonly instances?: Partial<Readonly<Record<ServiceName, number>>>;
};

const root = join(import.meta.dirname, '../..');
const serverSettings = { HOOKYARD_TEST_KAFKA: 'HOOKYARD_KAFKA_BROKERS', HOOKYARD_TEST_EVENTSTORE: 'HOOKYARD_EVENTSTORE_URL', HOOKYARD_TEST_MONGODB: 'HOOKYARD_MONGODB_URL' };

/** Starts the services on free ports and resolves when all are ready. What belongs together is told by the data folder's name: its namespace on the servers. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const dataFolder = options.dataFolder ?? (await mkdtemp(join(tmpdir(), 'hookyard-')));
  const namespace = basename(dataFolder).toLowerCase();
  const adminToken = `hya_${digest(namespace, 'token').toString('base64url')}`;
  const masterKey = options.settings?.['HOOKYARD_MASTER_KEY'] ?? digest(namespace, 'key').toString('base64');
  const secrets = { HOOKYARD_MASTER_KEY: masterKey, HOOKYARD_ADMIN_TOKEN: adminToken };
  const known = await settingsByService();
  const given: Readonly<Record<string, string>> = {
    HOOKYARD_ENGINE: 'cluster',
    HOOKYARD_NAMESPACE: namespace,
    HOOKYARD_MONGODB_DATABASE: namespace.replaceAll('.', '-'),
    HOOKYARD_KAFKA_SESSION_MS: '3000',
    HOOKYARD_OPS_PORT: '0',
    HOOKYARD_PORT: '0',
    HOOKYARD_ALLOWED_NETWORKS: '127.0.0.0/8,::1/128',
    ...options.settings,
    ...servers(options.settings ?? {}),
    // What is waited for is a line of the log.
    HOOKYARD_LOG_LEVEL: 'info',
  };
  const running = new Set<Instance>();
  const launched = new Set<Run>();
  let port = given['HOOKYARD_PORT'] ?? '0';

  async function start(service: ServiceName): Promise<Instance> {
    const own = Object.entries({ ...given, HOOKYARD_PORT: port }).filter(([name]) => known(service, name));
    const needed = service === 'gateway' ? secrets : service === 'dispatcher' ? { HOOKYARD_MASTER_KEY: secrets.HOOKYARD_MASTER_KEY } : {};
    const run = launch({ ...Object.fromEntries(own), ...needed }, join(root, `apps/${service}/dist/main.js`));
    launched.add(run);
    const ready = await readyLine(run, service);
    // A gateway that is started anew is found where the one before it was.
    if (ready.api !== null) port = new URL(ready.api).port;
    const instance: Instance = {
      service,
      pid: run.child.pid ?? 0,
      opsUrl: `http://127.0.0.1:${ready.opsPort}`,
      output: run.output,
      stop: () => end('SIGINT'),
      kill: async () => void (await end('SIGKILL')),
      pause: () => void run.child.kill('SIGSTOP'),
      resume: () => void run.child.kill('SIGCONT'),
    };
    async function end(signal: NodeJS.Signals): Promise<number | null> {
      running.delete(instance);
      run.child.kill(signal);
      return run.ended;
    }
    running.add(instance);
    return instance;
  }

  const wanted = serviceNames.flatMap((service) => Array.from({ length: options.instances?.[service] ?? 1 }, () => service));
  await Promise.all(wanted.map(start)).catch(async (error: unknown) => {
    await Promise.all([...launched].map(({ child, ended }) => (child.kill('SIGKILL'), ended)));
    throw error;
  });
  const url = `http://127.0.0.1:${port}`;
  await until('every service to be ready', async () => (await Promise.all([...running].map(isReady))).every(Boolean), 60_000);
  await until('the project to begin with', async () => (await fetch(`${url}/v1/projects/default`, { headers: { authorization: `Bearer ${adminToken}` } })).status === 200, 60_000);

  return {
    url,
    namespace,
    adminToken,
    dataFolder,
    pid: [...running].find(({ service }) => service === 'gateway')?.pid ?? 0,
    output: () => [...running].map(({ service, output }) => `--- ${service}\n${output()}`).join('\n'),
    instances: () => [...running],
    start,
    async stop() {
      const codes = await Promise.all([...running].map((instance) => instance.stop()));
      if (options.dataFolder === undefined) await rm(dataFolder, { recursive: true, force: true });
      return codes.find((code) => code !== 0) ?? 0;
    },
    async kill() {
      await Promise.all([...running].map((instance) => instance.kill()));
    },
  };
}

export async function isReady({ opsUrl }: Instance): Promise<boolean> {
  return (await fetch(`${opsUrl}/health/ready`).catch(() => null))?.ok === true;
}

/** The same for every start in one data folder, and nobody else's. */
function digest(namespace: string, purpose: string): Buffer {
  return createHash('sha256').update(`${namespace}/${purpose}`).digest();
}


/** Those that the settings do not name come from the environment. */
function servers(given: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(serverSettings).map(([variable, setting]) => {
      const value = given[setting] ?? process.env[variable];
      if (value === undefined || value === '') throw new Error(`${variable} is not set: npm run test:cluster starts servers, and npm run servers -- up does by hand`);
      return [setting, value];
    }),
  );
}

type Ready = { readonly msg: 'ready'; readonly api: string | null; readonly opsPort: number };

async function readyLine(run: Run, service: ServiceName): Promise<Ready> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const line = run.output().split('\n').find((text) => text.includes('"msg":"ready"'));
      if (line === undefined) return;
      run.child.stdout?.off('data', look);
      resolve(JSON.parse(line) as Ready);
    };
    run.child.stdout?.on('data', look);
    void run.ended.then((code) => reject(new Error(`${service} ended with ${code} before it was ready:\n${run.output()}`)));
  });
}

/** Which settings a service knows, as their page says it: an unknown one is refused. */
async function settingsByService(): Promise<(service: ServiceName, setting: string) => boolean> {
  const page = await readFile(join(root, 'docs/settings.md'), 'utf8');
  const sections = new Map(page.split('\n## ').map((text) => [text.slice(0, text.indexOf('\n')).toLowerCase(), new Set(text.match(/HOOKYARD_[A-Z_]+(?=` \|)/g))]));
  const common = ['every process', 'the engine `cluster`', 'a service that runs as a process of its own'];
  return (service, setting) => [...common, service].some((section) => sections.get(section)?.has(setting) === true);
}
