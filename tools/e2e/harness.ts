/**
 * End-to-end harness.
 * Real: the host (its own process, its own data folder, a free port), every HTTP request, the receivers' sockets. With
 * `HOOKYARD_E2E_TARGET=cluster` the same suites run against five processes, or more, on the servers that the environment names.
 * Doubled: nothing. Receivers are ours and answer as told.
 * May be asserted: what the API answers, what receivers saw, exit codes and what was printed. Never files inside the data folder.
 * To be waited for: conditions, through `until`; never time.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hookyardApi, type Api } from '../src/api.ts';
import { startCluster } from '../src/cluster.ts';
import { startHost, type Host, type HostOptions } from '../src/demo/host.ts';
import { startReceiver, type Answer, type Received, type Receiver } from '../src/receiver.ts';

export { until } from '../src/until.ts';
export { hookyardApi } from '../src/api.ts';
export type { Api, Host, Received, Receiver };

export type System = {
  readonly host: Host;
  /** The API with the administrator's token. */
  readonly api: Api;
  /** The API with another token, or none. */
  readonly as: (token: string | null) => Api;
  readonly receiver: (answer?: (request: Received, count: number) => Answer) => Promise<Receiver>;
  readonly stop: () => Promise<void>;
};

const isCluster = process.env['HOOKYARD_E2E_TARGET'] === 'cluster';

/** Processes of matcher and of dispatcher each. */
export const instances = isCluster ? Number(process.env['HOOKYARD_E2E_INSTANCES'] ?? '1') : 1;

/** For limits of time that the embedded engine is given: processes start, and take over from one that was killed, more slowly. */
export const withPatience = (ms: number): number => (isCluster ? 4 * ms : ms);

/** A Hookyard of the kind that is tested: the standalone host, or the services as processes of their own. */
export function start(options: HostOptions): Promise<Host> {
  return isCluster ? startCluster({ ...options, instances: { matcher: instances, dispatcher: instances } }) : startHost(options);
}

/** One host for one suite, with the receivers it starts; `stop` ends them all. */
export async function startSystem(settings: Readonly<Record<string, string>> = {}): Promise<System> {
  const host = await start({ settings: { HOOKYARD_LOG_LEVEL: 'warn', ...settings } });
  const receivers: Receiver[] = [];
  return {
    host,
    api: hookyardApi(host.url, host.adminToken),
    as: (token) => hookyardApi(host.url, token),
    receiver: async (answer) => {
      const receiver = await startReceiver(answer);
      receivers.push(receiver);
      return receiver;
    },
    stop: async () => {
      await Promise.all(receivers.map((receiver) => receiver.stop()));
      await host.stop();
    },
  };
}

/** A data folder that outlives a host; `remove` when the suite is over. */
export async function dataFolder(): Promise<{ readonly path: string; readonly remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'hookyard-e2e-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** A project of the suite's own, so that suites and tests do not see each other. */
export async function newProject(api: Api): Promise<string> {
  const id = `p-${randomBytes(6).toString('hex')}`;
  const created = await api.post('/v1/projects', { id, name: `Suite ${id}` });
  if (created.status !== 201) throw new Error(`creating project ${id}: ${created.status} ${JSON.stringify(created.body)}`);
  return `/v1/projects/${id}`;
}

export const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

let events = 0;

/** A CloudEvent with an id of its own. */
export function newEvent(overrides: Record<string, unknown> = {}): Record<string, unknown> & { id: string; source: string; type: string } {
  events += 1;
  return { specversion: '1.0', id: `e-${process.pid}-${events}`, source: '/e2e', type: 'order.placed', data: { number: events }, ...overrides };
}

export const structured = { 'content-type': 'application/cloudevents+json' };
export const batched = { 'content-type': 'application/cloudevents-batch+json' };
