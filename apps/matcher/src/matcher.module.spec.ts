/**
 * The matcher as it runs: its module on the bus transport.
 * Real: everything but the engines, which are in memory. May be asserted: what it publishes and answers.
 */
import { memoryEngine } from '@hookyard/adapter-memory';
import { native } from '@hookyard/dialect-native';
import { eventId, partitionOf, toEventHeaders, topics, unframe } from '@hookyard/event-schemas';
import type { DeliveriesHead, ExplainCommand, ExplainReply, WebhookRecord } from '@hookyard/event-schemas';
import { CLOCK, MESSAGE_BUS, READ_MODELS, systemClock, type Message } from '@hookyard/ports';
import { until } from '@hookyard/ports/testing';
import { commandClient, createBusService, createHealth, createLog, createMetrics, LOG, METRICS } from '@hookyard/runtime';
import type { DynamicModule } from '@nestjs/common';
import { MatcherModule } from './matcher.module.ts';
import { MatcherSettings } from './matcher.settings.ts';

const partitions = 4;

it('matches what arrives, publishes it, and answers why', async () => {
  const { bus, models, close } = memoryEngine();
  await bus.declare([
    ...[topics.events, topics.deliveries, topics.commands].map((name) => ({ name, partitions })),
    { name: topics.webhooks, partitions, compacted: true },
    ...[topics.replies, topics.deadLetters].map((name) => ({ name, partitions: 1 })),
  ]);
  const log = createLog({ level: 'silent' });
  const metrics = createMetrics();
  const values = [[MESSAGE_BUS, bus], [READ_MODELS, models], [CLOCK, systemClock], [LOG, log], [METRICS, metrics], [MatcherSettings, new MatcherSettings()]] as const;
  const ports: DynamicModule = {
    module: class Ports {}, global: true, providers: values.map(([provide, useValue]) => ({ provide, useValue })), exports: values.map(([token]) => token),
  };
  const root: DynamicModule = { module: class Root {}, imports: [ports, MatcherModule] };
  const app = await createBusService(root, { bus, group: 'matcher', log, health: createHealth(), metrics, clock: systemClock });
  const commands = commandClient({ bus });
  try {
    await app.listen();
    const position = await publishWebhook();
    const origin = await publishEvent(`${position.partition}:${position.offset}`);

    const [message] = await until(async () => {
      const found = await bus.read({ topic: topics.deliveries, partition: partitionOf('wh_1', partitions), offset: 0 }, 10);
      return found.length > 0 && found;
    });
    const { head, body } = unframe<DeliveriesHead>((message as Message).value as Buffer);
    expect(head.deliveries).toEqual([expect.objectContaining({ webhookId: 'wh_1', webhookRevision: 0 })]);
    expect(body.toString()).toBe('{"amount": 120}');
    await until(async () => (await bus.committed('matcher', topics.events)).get(origin.partition) === origin.offset + 1);

    const command: ExplainCommand = { type: 'Explain', project: 'shop', eventId: eventId('shop', '/test', '1'), origin };
    expect(await commands.request<ExplainReply>('explain', 'shop', command)).toMatchObject({ webhooks: [{ webhookId: 'wh_1', matched: true }] });
  } finally {
    await commands.close();
    await app.close();
    await close();
  }

  async function publishWebhook() {
    const definition: unknown = native.parse({ name: 'orders', url: 'https://example.com/', eventTypes: ['order.*'], filter: { 'data.amount': { $gt: 100 } } });
    const record: WebhookRecord = { id: 'wh_1', project: 'shop', dialect: 'native', revision: 0, status: 'enabled', definition, secrets: [], createdAt: 0, updatedAt: 0 };
    const [position] = await bus.publish([{ topic: topics.webhooks, key: 'wh_1', partition: partitionOf('shop', partitions), value: Buffer.from(JSON.stringify(record)) }]);
    return position as NonNullable<typeof position>;
  }

  async function publishEvent(webhooksPosition: string) {
    const attributes = { id: '1', source: '/test', type: 'order.created', project: 'shop' };
    const headers = { ...toEventHeaders(attributes), 'hy-webhooks-position': webhooksPosition };
    const [position] = await bus.publish([{ topic: topics.events, key: 'shop', value: Buffer.from('{"amount": 120}'), headers }]);
    const { partition, offset } = position as NonNullable<typeof position>;
    return { partition, offset };
  }
});
