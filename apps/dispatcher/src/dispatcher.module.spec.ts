/**
 * The dispatcher as it runs: its module on the bus transport, its own sender, the native dialect.
 * Real: everything but the engines, which are in memory; a receiver on a free port. May be asserted: what the receiver got, what is recorded.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { memoryEngine } from '@hookyard/adapter-memory';
import { native } from '@hookyard/dialect-native';
import { type AttemptRecord, frame, topics, type WebhookRecord } from '@hookyard/event-schemas';
import { CLOCK, DUE_QUEUE, MESSAGE_BUS, systemClock } from '@hookyard/ports';
import { until } from '@hookyard/ports/testing';
import { createBusService, createHealth, createLog, createMetrics, loadSettings, LOG, METRICS, SettingsRefused } from '@hookyard/runtime';
import { SECRET_BOX, secretBox } from '@hookyard/signing';
import type { DynamicModule } from '@nestjs/common';
import { Webhook } from 'standardwebhooks';
import { DispatcherModule } from './dispatcher.module.ts';
import { DispatcherSettings } from './dispatcher.settings.ts';

const partitions = 2;
const secret = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;

it('delivers, signed, to a receiver on this machine when that is allowed, and records it', async () => {
  const got: { readonly headers: Record<string, string>; readonly body: string }[] = [];
  const receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    request.on('end', () => {
      got.push({ headers: request.headers as Record<string, string>, body: Buffer.concat(chunks).toString() });
      response.end('thank you');
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;

  const { bus, dueQueue, close } = memoryEngine();
  await bus.declare([...[topics.deliveries, topics.attempts, topics.commands].map((name) => ({ name, partitions })), { name: topics.webhooks, partitions, compacted: true }]);
  const [settings] = loadSettings([DispatcherSettings], { HOOKYARD_ALLOWED_NETWORKS: '127.0.0.0/8' });
  const box = secretBox(Buffer.alloc(32, 1));
  const log = createLog({ level: 'silent' });
  const metrics = createMetrics();
  const health = createHealth();
  const values = [
    [MESSAGE_BUS, bus], [DUE_QUEUE, dueQueue], [CLOCK, systemClock], [SECRET_BOX, box], [LOG, log], [METRICS, metrics], [DispatcherSettings, settings],
  ] as const;
  const ports: DynamicModule = {
    module: class Ports {}, global: true, providers: values.map(([provide, useValue]) => ({ provide, useValue })), exports: values.map(([token]) => token),
  };
  const app = await createBusService({ module: class Root {}, imports: [ports, DispatcherModule] }, { bus, group: 'dispatcher', log, health, metrics, clock: systemClock });
  try {
    await app.listen();
    const record: WebhookRecord = {
      id: 'wh_1', project: 'shop', dialect: 'native', revision: 0, status: 'enabled', secrets: [{ sealed: box.seal(secret) }], createdAt: 0, updatedAt: 0,
      definition: native.parse({ name: 'orders', url, eventTypes: ['*'], signatures: ['v1'] }),
    };
    await bus.publish([{ topic: topics.webhooks, key: 'wh_1', value: Buffer.from(JSON.stringify(record)) }]);
    const now = Date.now();
    const head = {
      event: { id: '1', source: '/shop', type: 'order.paid', project: 'shop' }, eventId: 'evt_1', origin: { partition: 0, offset: 0 }, sequence: 1, acceptedAt: now, matchedAt: now,
      deliveries: [{ id: 'dlv_1', webhookId: 'wh_1', webhookRevision: 0 }],
    };
    await bus.publish([{ topic: topics.deliveries, partition: 1, key: 'evt_1', value: frame(head, Buffer.from('{"amount":  120}')) }]);
    const [message] = await until(async () => {
      const found = await bus.read({ topic: topics.attempts, partition: 1, offset: 0 }, 10);
      return found.length > 0 && found;
    });
    const attempt = JSON.parse(message?.value?.toString() ?? '') as AttemptRecord;
    expect(attempt).toMatchObject({ status: 'succeeded', outcome: { kind: 'responded', status: 200, body: 'thank you' }, request: { method: 'POST', url } });
    expect(JSON.stringify(attempt)).not.toContain(secret);
    const [request] = got;
    expect(new Webhook(secret).verify(request?.body ?? '', request?.headers ?? {})).toMatchObject({ specversion: '1.0', type: 'order.paid', data: { amount: 120 } });
    expect(request?.body).toContain('{"amount":  120}');
    await until(async () => (await bus.committed('dispatcher', topics.deliveries)).get(1) === 1);
    expect(await metrics.registry.metrics()).toContain('hookyard_deliveries_ended_total{status="succeeded"} 1');
    expect((await health.report()).ok).toBe(true);
  } finally {
    await app.close();
    await close();
    receiver.closeAllConnections();
    await new Promise((resolve) => receiver.close(resolve));
  }
});

it('refuses networks that are none, in a sentence', () => {
  expect(() => loadSettings([DispatcherSettings], { HOOKYARD_ALLOWED_NETWORKS: '10.0.0.0/8,intranet' })).toThrow(SettingsRefused);
  expect(() => loadSettings([DispatcherSettings], { HOOKYARD_ALLOWED_NETWORKS: '10.0.0.0/8,intranet' })).toThrow(
    'HOOKYARD_ALLOWED_NETWORKS must be a list of networks such as 10.0.0.0/8 or ::1/128 (it is "10.0.0.0/8,intranet").',
  );
});
