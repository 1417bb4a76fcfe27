import { randomUUID } from 'node:crypto';
import { deliveryId, eventHeaders, eventId, toEventHeaders, topics, webhookName, type EventAttributes } from '@hookyard/event-schemas';
import { pingType } from '@hookyard/dialect-native';
import { revise, type Target } from './change-webhook.ts';
import type { NativePorts } from './native-ports.ts';
import type { Ping } from './responses.ts';

/** Emits an event for this webhook alone; it goes the way of any other, also when the webhook is disabled. Durable when it resolves. */
export async function pingWebhook(ports: NativePorts, target: Target): Promise<Ping> {
  const { project, webhookId } = target;
  const name = webhookName(project, webhookId);
  // Changes nothing, and tells from where on the matcher knows the webhook as it is now.
  const { position } = await revise(ports, target, () => []);
  const attributes: EventAttributes = {
    id: randomUUID(),
    source: `/hookyard/webhooks/${webhookId}`,
    type: pingType,
    time: new Date(ports.clock.now()).toISOString(),
    datacontenttype: 'application/json',
    project,
  };
  const headers = {
    ...toEventHeaders(attributes),
    [eventHeaders.onlyWebhook]: name,
    [eventHeaders.webhooksPosition]: `${position.partition}:${position.offset}`,
  };
  const value = Buffer.from(JSON.stringify({ webhookId, message: 'Hello from Hookyard.' }));
  await ports.bus.publish([{ topic: topics.events, key: project, value, headers }]);
  const event = eventId(project, attributes.source, attributes.id);
  return { eventId: event, deliveryId: deliveryId(event, name) };
}
