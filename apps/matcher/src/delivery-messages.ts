import { deliveryId, frame, topics, type DeliveriesHead, type DeliveryOrder } from '@hookyard/event-schemas';
import type { OutgoingMessage } from '@hookyard/ports';
import type { ArrivedEvent } from './arrived-event.ts';
import type { IndexedWebhook } from './webhook-index.ts';

const mostInMessage = 1_000;

/**
 * What to send to whom: one message for each partition, holding the event once. The same event and webhooks lead to
 * the same messages but for `matchedAt`.
 */
export function deliveryMessages(event: ArrivedEvent, webhooks: readonly IndexedWebhook[], matchedAt: number): readonly OutgoingMessage[] {
  const byPartition = new Map<number, DeliveryOrder[]>();
  for (const webhook of webhooks) {
    const orders = byPartition.get(webhook.partition) ?? [];
    orders.push(orderOf(event, webhook));
    byPartition.set(webhook.partition, orders);
  }
  return [...byPartition]
    .sort(([left], [right]) => left - right)
    .flatMap(([partition, orders]) => inPieces(orders).map((deliveries) => messageOf(event, partition, headOf(event, deliveries, matchedAt))));
}

function orderOf(event: ArrivedEvent, webhook: IndexedWebhook): DeliveryOrder {
  const isPing = event.onlyWebhook !== undefined;
  return { id: deliveryId(event.id, webhook.id), webhookId: webhook.id, webhookRevision: webhook.revision, ...(isPing ? { ping: true } : {}) };
}

function headOf(event: ArrivedEvent, deliveries: readonly DeliveryOrder[], matchedAt: number): DeliveriesHead {
  const { attributes, id, origin, acceptedAt } = event;
  return { event: attributes, eventId: id, origin, sequence: origin.offset + 1, acceptedAt, matchedAt, deliveries };
}

function messageOf(event: ArrivedEvent, partition: number, head: DeliveriesHead): OutgoingMessage {
  return { topic: topics.deliveries, key: event.id, partition, value: frame(head, event.payload) };
}

function inPieces<T>(list: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(list.length / mostInMessage) }, (_, at) => list.slice(at * mostInMessage, (at + 1) * mostInMessage));
}
