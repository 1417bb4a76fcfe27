/**
 * Subscriptions as they run: the module on the bus transport.
 * Real: everything but the engines, which are in memory. May be asserted: what is answered and published.
 */
import { memoryEngine } from '@hookyard/adapter-memory';
import { topics, type ProjectReply, type WebhookCommand, type WebhookReply } from '@hookyard/event-schemas';
import { CLOCK, EVENT_STORE, MESSAGE_BUS, READ_MODELS, systemClock } from '@hookyard/ports';
import { commandClient, createBusService, createHealth, createLog, createMetrics, HEALTH, LOG } from '@hookyard/runtime';
import type { DynamicModule } from '@nestjs/common';
import { asked, partitions } from './harness.ts';
import { SubscriptionsModule } from './subscriptions.module.ts';
import { SubscriptionsSettings } from './subscriptions.settings.ts';

it('answers commands to webhooks and projects, refusals with their reason', async () => {
  const { bus, store, models, close } = memoryEngine();
  await bus.declare([
    { name: topics.commands, partitions },
    ...[topics.webhooks, topics.projects].map((name) => ({ name, partitions, compacted: true })),
    ...[topics.replies, topics.deadLetters, topics.projectors].map((name) => ({ name, partitions: 1 })),
  ]);
  const values = [[MESSAGE_BUS, bus], [EVENT_STORE, store], [READ_MODELS, models], [CLOCK, systemClock], [LOG, createLog({ level: 'silent' })], [HEALTH, createHealth()], [SubscriptionsSettings, new SubscriptionsSettings()]] as const;
  const ports: DynamicModule = {
    module: class Ports {}, global: true, providers: values.map(([provide, useValue]) => ({ provide, useValue })), exports: values.map(([token]) => token),
  };
  const root: DynamicModule = { module: class Root {}, imports: [ports, SubscriptionsModule] };
  const app = await createBusService(root, {
    bus, group: 'subscriptions', log: createLog({ level: 'silent' }), health: createHealth(), metrics: createMetrics(), clock: systemClock,
  });
  const commands = commandClient({ bus });
  try {
    await app.listen();
    const project = await commands.request<ProjectReply>('project', 'shop', { ...asked(), type: 'CreateProject', name: 'The shop' });
    expect(project).toMatchObject({ record: { kind: 'project', id: 'shop' }, position: { topic: 'projects' } });

    const create: WebhookCommand = {
      ...asked(), type: 'CreateWebhook', webhookId: 'wh_1', dialect: 'native', definition: { name: 'orders', url: 'https://example.com/' }, secrets: [], enabled: true,
    };
    const { webhook, position } = await commands.request<WebhookReply>('webhook', 'wh_1', create);
    expect(webhook).toMatchObject({ id: 'wh_1', revision: 0, definition: { eventTypes: ['*'] } });
    expect(await bus.read(position, 1)).toEqual([expect.objectContaining({ key: 'wh_1', offset: position.offset })]);
    await expect(commands.request('webhook', 'wh_2', { ...asked(), type: 'DeleteWebhook', webhookId: 'wh_2' })).rejects.toMatchObject({ code: 'webhook_not_found' });
  } finally {
    await commands.close();
    await app.close();
    await close();
  }
});
