/**
 * The delivery log as it runs: the module on the bus transport.
 * Real: everything but the engines, which are in memory. May be asserted: documents, streams, answers, committed positions.
 */
import { memoryEngine } from '@hookyard/adapter-memory';
import { deliveriesCollection, ledgerStream, topics, type DeliveryDocument } from '@hookyard/event-schemas';
import { CLOCK, EVENT_STORE, MESSAGE_BUS, READ_MODELS, systemClock } from '@hookyard/ports';
import { until } from '@hookyard/ports/testing';
import { commandClient, createBusService, createHealth, createLog, createMetrics, LOG } from '@hookyard/runtime';
import type { DynamicModule } from '@nestjs/common';
import { DeliveryLogModule } from './delivery-log.module.ts';
import { DeliveryLogSettings } from './delivery-log.settings.ts';
import { attempted, headValue, ordered, recordValue } from './harness.ts';

const now = Date.UTC(2026, 0, 31);

it('records what is delivered, accounts for it, and answers who asks to send it again', async () => {
  const clock = { ...systemClock, now: () => now };
  const { bus, store, models, close } = memoryEngine({ clock });
  await bus.declare([
    ...[topics.commands, topics.events, topics.deliveries, topics.attempts].map((name) => ({ name, partitions: 4 })),
    ...[topics.replies, topics.deadLetters].map((name) => ({ name, partitions: 1 })),
  ]);
  const log = createLog({ level: 'silent' });
  const values = [
    [MESSAGE_BUS, bus], [EVENT_STORE, store], [READ_MODELS, models], [CLOCK, clock], [LOG, log], [DeliveryLogSettings, new DeliveryLogSettings()],
  ] as const;
  const ports: DynamicModule = {
    module: class Ports {}, global: true, providers: values.map(([provide, useValue]) => ({ provide, useValue })), exports: values.map(([token]) => token),
  };
  const root: DynamicModule = { module: class Root {}, imports: [ports, DeliveryLogModule] };
  const app = await createBusService(root, { bus, group: 'delivery-log', log, health: createHealth(), metrics: createMetrics(), clock });
  const commands = commandClient({ bus });
  try {
    await app.listen();
    await bus.publish([
      { topic: topics.attempts, key: 'wh_1', partition: 2, value: recordValue(attempted(1, 'succeeded', { startedAt: now })) },
      { topic: topics.deliveries, key: 'evt_1', partition: 2, value: headValue(ordered({}, { matchedAt: now })) },
    ]);
    await until(async () => (await bus.committed('delivery-log', topics.attempts)).get(2) === 1 && (await bus.committed('delivery-log', topics.deliveries)).get(2) === 1);

    const deliveries = await models.collection<DeliveryDocument>(deliveriesCollection);
    expect((await deliveries.get('dlv_1'))?.document.status).toBe('succeeded');
    expect(await store.read(ledgerStream('shop'))).toHaveLength(1);
    const redeliver = { type: 'Redeliver', commandId: 'c', actor: { kind: 'admin', id: 'admin' }, now, project: 'shop', deliveryId: 'dlv_1' };
    await expect(commands.request('redeliver', 'dlv_1', redeliver)).rejects.toMatchObject({ code: 'webhook_deleted' });
  } finally {
    await commands.close();
    await app.close();
    await close();
  }
});
