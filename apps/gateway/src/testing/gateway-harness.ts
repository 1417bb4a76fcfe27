/**
 * A gateway as its clients see it, over real HTTP on a free port.
 * Real: the whole gateway with its edge, the message bus and the read models in memory, the command client.
 * Doubled: the services behind it (`fake-services.ts`) and the clock, which stands until it is moved.
 * May be asserted: answers, and what stands on the bus.
 */
import { memoryDueQueue, memoryEventStore, memoryMessageBus, memoryReadModels } from '@hookyard/adapter-memory';
import { topics } from '@hookyard/event-schemas';
import { CLOCK, DUE_QUEUE, EVENT_STORE, MESSAGE_BUS, READ_MODELS } from '@hookyard/ports';
import type { Clock, Message, MessageBus, ReadModels } from '@hookyard/ports';
import { ADMIN_TOKEN, commandClient, COMMANDS, createHealth, createLog, createMetrics, HEALTH, LOG, METRICS } from '@hookyard/runtime';
import { createEdge } from '@hookyard/runtime/http';
import { SECRET_BOX, secretBox } from '@hookyard/signing';
import type { DynamicModule } from '@nestjs/common';
import { GatewayModule } from '../gateway.module.ts';
import { GatewaySettings } from '../gateway.settings.ts';
import { fakeServices } from './fake-services.ts';

export const adminToken = 'the-administrators-token';
const partitions = 4;

export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a test looks into an answer without declaring its shape
  readonly body: any;
};

export type Asked = { readonly token?: string | null; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> };

export type GatewayUnderTest = {
  readonly bus: MessageBus;
  readonly models: ReadModels;
  readonly url: string;
  /** The lines of the log so far. */
  readonly lines: readonly string[];
  readonly ask: (method: string, path: string, asked?: Asked) => Promise<Answer>;
  /** Everything on topic `events`. */
  readonly published: () => Promise<readonly Message[]>;
  readonly moveClock: (ms: number) => void;
  readonly stop: () => Promise<void>;
};

export async function startGateway(changed: Partial<GatewaySettings> = {}): Promise<GatewayUnderTest> {
  let now = Date.parse('2026-01-31T12:00:00Z');
  const clock: Clock = { now: () => now, after: (delayMs, task) => timer(delayMs, task) };
  const bus = memoryMessageBus({ clock });
  const models = memoryReadModels({ clock });
  await bus.declare(Object.values(topics).map((name) => ({ name, partitions: name === topics.replies ? 1 : partitions, compacted: name === topics.projects || name === topics.webhooks })));
  const services = await fakeServices(bus, models);
  const lines: string[] = [];
  const log = createLog({ level: 'debug', pretty: false, destination: { write: (line) => lines.push(line) } });
  const settings = Object.assign(new GatewaySettings(), { port: 0 }, changed);
  const commands = commandClient({ bus, clock, deadlineMs: 5_000 });
  const values = [
    [MESSAGE_BUS, bus], [EVENT_STORE, memoryEventStore({ clock })], [READ_MODELS, models], [DUE_QUEUE, memoryDueQueue()], [CLOCK, clock],
    [SECRET_BOX, secretBox(Buffer.alloc(32, 7))], [COMMANDS, commands], [HEALTH, createHealth()], [METRICS, createMetrics()], [LOG, log],
    [ADMIN_TOKEN, adminToken], [GatewaySettings, settings],
  ] as const;
  const ports: DynamicModule = { module: class Ports {}, global: true, providers: values.map(([provide, useValue]) => ({ provide, useValue })), exports: values.map(([token]) => token) };
  const app = await createEdge({ module: class Root {}, imports: [ports, GatewayModule] }, { edge: GatewayModule.http, settings, log });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();

  return {
    bus,
    models,
    url,
    lines,
    ask: (method, path, asked) => ask(`${url}${path}`, method, asked),
    async published() {
      const all = await Promise.all(Array.from({ length: partitions }, (_, partition) => bus.read({ topic: topics.events, partition, offset: 0 }, 1_000)));
      return all.flat();
    },
    moveClock: (ms) => void (now += ms),
    async stop() {
      await app.close();
      await commands.close();
      await services.stop();
      await bus.close();
    },
  };
}

async function ask(url: string, method: string, { token = adminToken, body, headers = {} }: Asked = {}): Promise<Answer> {
  const isRaw = typeof body === 'string' || body instanceof Uint8Array;
  const response = await fetch(url, {
    method,
    headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: isRaw ? (body as string) : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return { status: response.status, headers: response.headers, text, body: isJson ? (JSON.parse(text) as unknown) : undefined };
}

function timer(delayMs: number, task: () => void): () => void {
  const handle = setTimeout(task, delayMs);
  handle.unref();
  return () => clearTimeout(handle);
}
