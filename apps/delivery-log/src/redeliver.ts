import {
  attemptsBeforeRedelivery,
  eventId,
  Fault,
  frame,
  fromEventHeaders,
  partitionOf,
  topics,
  type DeliveriesHead,
  type DeliveryDocument,
  type DeliveryOrder,
  type EventAttributes,
  type RedeliverCommand,
  type RedeliverReply,
  type WebhookDocument,
} from '@hookyard/event-schemas';
import type { Collection, Message, MessageBus } from '@hookyard/ports';
import type { DeliveryProjections } from './delivery-projection.ts';

export type Redeliver = (command: RedeliverCommand) => Promise<RedeliverReply>;

/** Where it looks. */
export type RedeliverFrom = { readonly deliveries: Collection<DeliveryDocument>; readonly webhooks: Pick<Collection<WebhookDocument>, 'get'> };

/**
 * Has an ended delivery sent again, with the event as it was accepted. Shown as `pending` before it is answered; a repeat of the
 * command then changes nothing. Two at once cannot be: commands are handled one after the other for each delivery.
 */
export function redeliver(bus: MessageBus, { deliveries, webhooks }: RedeliverFrom, { ordered }: DeliveryProjections): Redeliver {
  return async (command) => {
    const { deliveryId, project, commandId } = command;
    const delivery = (await deliveries.get(deliveryId))?.document;
    if (delivery === undefined || delivery.project !== project) throw new Fault('delivery_not_found', { deliveryId });
    const reply = { deliveryId, requestId: commandId };
    if (delivery.requestId === commandId) return reply;
    if (delivery.status === 'pending' || delivery.status === 'retrying') throw new Fault('delivery_in_progress', { deliveryId });
    if ((await webhooks.get(delivery.webhookId)) === null) throw new Fault('webhook_deleted', { webhookId: delivery.webhookId });

    const { attributes, message } = await eventOf(bus, delivery);
    const head = headFor(delivery, attributes, { acceptedAt: message.publishedAt, redelivery: redeliveryOf(command, delivery) });
    const partition = partitionOf(delivery.webhookId, await bus.partitions(topics.deliveries));
    await bus.publish([{ topic: topics.deliveries, partition, key: delivery.eventId, value: frame(head, message.value ?? Buffer.alloc(0)) }]);
    await deliveries.upsert(ordered(head));
    return reply;
  };
}

/** The event as it stands in its topic; refused when it is not kept any more. */
async function eventOf(bus: MessageBus, { eventId: wanted, origin }: DeliveryDocument): Promise<{ readonly attributes: EventAttributes; readonly message: Message }> {
  const [message] = await bus.read({ topic: topics.events, ...origin }, 1);
  const attributes = message?.offset === origin.offset ? fromEventHeaders(message.headers) : null;
  if (message === undefined || attributes === null || eventId(attributes.project, attributes.source, attributes.id) !== wanted) {
    throw new Fault('event_not_found', { eventId: wanted });
  }
  return { attributes, message };
}

type Redelivery = NonNullable<DeliveryOrder['redelivery']>;

function redeliveryOf({ commandId, actor, now }: RedeliverCommand, delivery: DeliveryDocument): Redelivery {
  return { requestId: commandId, requestedBy: actor.id, requestedAt: now, attemptsBefore: attemptsBeforeRedelivery(delivery) };
}

/** It stays the delivery that it is: same id, same sequence, matched when it was matched. */
function headFor(delivery: DeliveryDocument, event: EventAttributes, { acceptedAt, redelivery }: { readonly acceptedAt: number; readonly redelivery: Redelivery }): DeliveriesHead {
  const { id, webhookId, webhookRevision, eventId, origin, sequence, createdAt } = delivery;
  return { event, eventId, origin, sequence, acceptedAt, matchedAt: createdAt, deliveries: [{ id, webhookId, webhookRevision, redelivery }] };
}
