/** An installation that outgrows one machine, and one that comes back: with what it knows, what it owes, and its numbers. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { startCluster, type Cluster } from '../src/cluster.ts';
import { startHost } from '../src/demo/host.ts';
import { startReceiver, type Receiver } from '../src/receiver.ts';
import { dataFolder, hookyardApi, newEvent, newProject, newSecret, structured, until, type Api, type Host } from './harness.ts';

const program = join(import.meta.dirname, '../../apps/operations/dist/main.js');
const name = `move-${randomBytes(4).toString('hex')}`;
const common = { HOOKYARD_MASTER_KEY: randomBytes(32).toString('base64'), HOOKYARD_PARTITIONS: '4' };

function required(variable: string): string {
  const value = process.env[variable];
  if (value === undefined || value === '') throw new Error(`${variable} is not set: npm run test:cluster starts servers`);
  return value;
}

describe('an installation', () => {
  const inCluster = {
    ...common,
    HOOKYARD_ENGINE: 'cluster',
    HOOKYARD_NAMESPACE: name,
    HOOKYARD_MONGODB_DATABASE: name,
    HOOKYARD_KAFKA_BROKERS: required('HOOKYARD_TEST_KAFKA'),
    HOOKYARD_EVENTSTORE_URL: required('HOOKYARD_TEST_EVENTSTORE'),
    HOOKYARD_MONGODB_URL: required('HOOKYARD_TEST_MONGODB'),
  };
  let folders: Awaited<ReturnType<typeof dataFolder>>[];
  let receivers: readonly Receiver[];
  /** Deliveries that each has answered with success. The second one is down at first. */
  const accepted: readonly Set<string>[] = [new Set(), new Set()];
  let isDown = true;
  let project: string;
  let cluster: Cluster;

  beforeAll(async () => {
    folders = [await dataFolder(), await dataFolder(), await dataFolder()];
    receivers = await Promise.all(
      accepted.map((ids, at) =>
        startReceiver(({ headers }) => {
          if (at === 1 && isDown) return { status: 503 };
          ids.add(headers['webhook-id'] ?? '');
          return { status: 204 };
        }),
      ),
    );
  });
  afterAll(async () => {
    await Promise.all(receivers.map((each) => each.stop()));
    await Promise.all(folders.map(({ remove }) => remove()));
  });

  const folder = (at: number): string => folders[at]?.path ?? '';
  const embedded = (at: number) => ({ ...common, HOOKYARD_DATA_FOLDER: folder(at) });
  const file = (called: string): string => join(folder(2), called);
  const apiOf = (host: Host): Api => hookyardApi(host.url, host.adminToken);
  const sequences = (): readonly number[] => receivers[0]?.received.map(({ headers }) => Number(headers['webhook-sequence'])) ?? [];
  const taken = (at: number): number => accepted[at]?.size ?? 0;

  async function operate(args: readonly string[], settings: Readonly<Record<string, string>>): Promise<{ readonly code: number; readonly output: string }> {
    const inherited = Object.fromEntries(Object.entries(process.env).filter(([variable]) => !variable.startsWith('HOOKYARD_') && variable !== 'NODE_OPTIONS'));
    return new Promise((resolve) => {
      execFile(process.execPath, [program, ...args], { env: { ...inherited, ...settings } }, (error, stdout, stderr) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, output: stdout + stderr }),
      );
    });
  }

  async function done(args: readonly string[], settings: Readonly<Record<string, string>>): Promise<string> {
    const { code, output } = await operate(args, settings);
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${output}`);
    return output;
  }

  const equals = (output: string): number => output.match(/, equal$/gm)?.length ?? 0;

  async function emit(api: Api, count: number): Promise<void> {
    for (let at = 0; at < count; at += 1) expect((await api.post(`${project}/events`, newEvent({ type: 'order.placed' }), structured)).status).toBe(202);
  }

  it('moves to a cluster', async () => {
    const host = await startHost({ dataFolder: folder(0), settings: embedded(0) });
    const api = apiOf(host);
    project = await newProject(api);
    for (const [at, schedule] of [[0, [1_000]], [1, [5_000, 5_000, 5_000, 5_000]]] as const) {
      const webhook = { name: `to ${at}`, url: receivers[at]?.url, eventTypes: ['order.*'], retryScheduleMs: schedule, secret: newSecret() };
      expect((await api.post(`${project}/webhooks`, webhook)).status).toBe(201);
    }
    await emit(api, 40);
    await until('both to have been asked', () => taken(0) === 40 && (receivers[1]?.received.length ?? 0) >= 40);
    expect(await host.stop()).toBe(0);

    await done(['export', file('to-cluster.gz')], embedded(0));
    expect(equals(await done(['import', file('to-cluster.gz')], inCluster))).toBe(7);
    expect(equals(await done(['rebuild', '--check'], inCluster))).toBe(7);
  });

  it('goes on there with what waited, and with numbers that grow', async () => {
    const before = Math.max(...sequences());
    const count = sequences().length;
    isDown = false;
    cluster = await startCluster({ dataFolder: folder(1), settings: inCluster });
    await until('what waited to be delivered', () => taken(1) === 40);
    await emit(apiOf(cluster), 10);
    await until('new events to be delivered', () => taken(0) === 50 && taken(1) === 50);
    expect(Math.min(...sequences().slice(count))).toBeGreaterThan(before);
  });

  it('is not exported while it runs', async () => {
    const { code, output } = await operate(['export', file('refused.gz')], inCluster);
    expect(code).toBe(1);
    expect(output).toMatch(/is running\. Stop all services first/);
  });

  it('has its read models rebuilt while it works', async () => {
    let isOver = false;
    let emitted = 50;
    const emitting = (async () => {
      for (; !isOver; emitted += 1) await emit(apiOf(cluster), 1);
    })();
    const output = await done(['rebuild'], inCluster).finally(() => (isOver = true));
    await emitting;
    expect(equals(output)).toBe(7);
    await until('all to be delivered', () => taken(0) === emitted && taken(1) === emitted);
    expect(equals(await done(['rebuild', '--check'], inCluster))).toBe(7);
  });

  it('moves back', async () => {
    expect(await cluster.stop()).toBe(0);
    await done(['export', file('back.gz')], inCluster);
    expect(equals(await done(['import', file('back.gz')], embedded(1)))).toBe(7);
    const [last, seen, were] = [Math.max(...sequences()), sequences().length, taken(0)];
    const host = await startHost({ dataFolder: folder(1), settings: embedded(1) });
    await emit(apiOf(host), 5);
    await until('events to be delivered at home', () => taken(0) === were + 5 && taken(1) === were + 5);
    expect(Math.min(...sequences().slice(seen))).toBeGreaterThan(last);
    expect((await apiOf(host).get(`${project}/webhooks`)).body.items).toHaveLength(2);
    expect(await host.stop()).toBe(0);
    expect(equals(await done(['rebuild'], embedded(1)))).toBe(7);
  });
});
