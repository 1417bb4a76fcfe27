/**
 * Real: the five services in this process on the embedded engine, the data folder, HTTP, the receiver's socket; export files.
 * Doubled: nothing. May be asserted: what the API answers, what receivers got, what lies on the engine.
 */
import { createServer, type Server } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeliveryLogModule, DeliveryLogSettings } from '@hookyard/delivery-log';
import { DispatcherModule, DispatcherSettings } from '@hookyard/dispatcher';
import { GatewayModule, GatewaySettings } from '@hookyard/gateway';
import { MatcherModule, MatcherSettings } from '@hookyard/matcher';
import { openInstallation, startAll, type Installation } from '@hookyard/platform';
import { until } from '@hookyard/ports/testing';
import type { Environment } from '@hookyard/runtime';
import { SubscriptionsModule, SubscriptionsSettings } from '@hookyard/subscriptions';
import { settingsOfAll } from './settings.ts';

const services = [
  { module: SubscriptionsModule, settings: SubscriptionsSettings },
  { module: DeliveryLogModule, settings: DeliveryLogSettings },
  { module: DispatcherModule, settings: DispatcherSettings },
  { module: MatcherModule, settings: MatcherSettings },
  { module: GatewayModule, settings: GatewaySettings },
];

export type Got = { readonly id: string; readonly sequence: number };

/** A receiver that answers 204, or 503 while it is down, and remembers what it took. */
export async function receiver() {
  const got: Got[] = [];
  let isDown = false;
  let refused = 0;
  const server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      if (isDown) refused += 1;
      else got.push({ id: String(request.headers['webhook-id']), sequence: sequenceIn(body) });
      response.writeHead(isDown ? 503 : 204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    got,
    refused: () => refused,
    down: (down: boolean) => void (isDown = down),
    stop: () => new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    }),
  };
}

const sequenceIn = (body: string): number => Number((JSON.parse(body) as { readonly sequence: string }).sequence);

/** Folders that are removed when the suite is over. */
export function folders() {
  const made: string[] = [];
  return {
    async fresh(): Promise<string> {
      const path = await mkdtemp(join(tmpdir(), 'hookyard-operations-'));
      made.push(path);
      return path;
    },
    remove: () => Promise.all(made.splice(0).map((path) => rm(path, { recursive: true, force: true }))),
  };
}

export const environmentOf = (folder: string, more: Environment = {}): Environment => ({
  HOOKYARD_DATA_FOLDER: folder, HOOKYARD_LOG_LEVEL: 'silent', HOOKYARD_PARTITIONS: '3', HOOKYARD_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'), ...more,
});

export const openFolder = (folder: string): Promise<Installation> => openInstallation({ classes: settingsOfAll, environment: environmentOf(folder), mayCreate: true });

const started = new Set<() => Promise<void>>();

/** Of tests that failed half way. */
export const stopServices = (): Promise<unknown> => Promise.all([...started].map((stop) => stop()));

/** All five services on a folder. */
export async function startServices(folder: string) {
  const running = await startAll(services, environmentOf(folder, { HOOKYARD_PORT: '0', HOOKYARD_ALLOWED_NETWORKS: '127.0.0.0/8' }));
  const call = async (method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly body: never }> => {
    const headers = { authorization: `Bearer ${running.platform.adminToken}`, 'content-type': path.endsWith('/events') ? 'application/cloudevents+json' : 'application/json' };
    const response = await fetch(`${running.url}/v1/projects${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const text = await response.text();
    return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as never };
  };
  await until(async () => (await call('GET', '/default')).status === 200);
  const { engine, clock } = running.platform;
  const stop = async (): Promise<void> => {
    started.delete(stop);
    await running.stop();
  };
  started.add(stop);
  return {
    engine,
    clock,
    call,
    emit: (id: string, type = 'order.placed') => call('POST', '/default/events', { specversion: '1.0', id, source: '/shop', type, data: { id } }),
    stop,
  };
}
