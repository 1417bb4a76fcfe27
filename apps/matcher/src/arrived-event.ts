import { isStructured, readKafkaMessage } from '@hookyard/cloudevents';
import { eventHeaders, eventId, fromEventHeaders, isFault, partitionOf, toEventHeaders, topics, type EventAttributes, type Fault } from '@hookyard/event-schemas';
import type { Message, OutgoingMessage } from '@hookyard/ports';

/** An event as it stands in topic `events`. */
export type ArrivedEvent = {
  readonly id: string;
  readonly attributes: EventAttributes;
  readonly payload: Buffer;
  readonly origin: { readonly partition: number; readonly offset: number };
  /** Milliseconds since the epoch. */
  readonly acceptedAt: number;
  /** The one webhook that it is for: a ping. */
  readonly onlyWebhook?: string;
  /** Where the index of webhooks must be before it is matched. */
  readonly webhooksPosition?: WebhooksPosition;
};

export type WebhooksPosition = { readonly partition: number; readonly offset: number };

/** What a message of topic `events` is worth: an event, one to be written anew in the form and place that events have, or nothing, and why. */
export type Arrival =
  | { readonly kind: 'event'; readonly event: ArrivedEvent }
  | { readonly kind: 'misplaced'; readonly again: OutgoingMessage }
  | { readonly kind: 'unreadable'; readonly reason: string };

// A producer that writes to the topic itself passes no gateway. Its event must fit into a message of deliveries together with what is said of them.
const largestDirectEvent = 8 * 1024 * 1024;

/**
 * Reads a message. Producers may write to the topic themselves: in either mode of the CloudEvents Kafka binding, and with any key or none.
 * Such a message is written anew, once: binary, in the partition of its project, where the sequence of its deliveries comes from.
 */
export function arrive(message: Message, partitions: number): Arrival {
  const attributes = isStructured(message.headers) ? null : fromEventHeaders(message.headers);
  const webhooksPosition = readPosition(message.headers[eventHeaders.webhooksPosition]);
  // What the gateway has stamped, it has also checked.
  if (attributes !== null && webhooksPosition !== undefined && message.partition === partitionOf(attributes.project, partitions)) {
    return { kind: 'event', event: arrivedEvent(message, attributes, message.value ?? Buffer.alloc(0), webhooksPosition) };
  }
  return check(message, partitions, webhooksPosition);
}

function check(message: Message, partitions: number, webhooksPosition: WebhooksPosition | undefined): Arrival {
  try {
    const { attributes, data } = readKafkaMessage(message, largestDirectEvent);
    const partition = partitionOf(attributes.project, partitions);
    if (!isStructured(message.headers) && message.partition === partition) return { kind: 'event', event: arrivedEvent(message, attributes, data, webhooksPosition) };
    const { onlyWebhook } = eventHeaders;
    const only = message.headers[onlyWebhook];
    const headers = { ...toEventHeaders(attributes), ...(only === undefined ? {} : { [onlyWebhook]: only }) };
    return { kind: 'misplaced', again: { topic: topics.events, partition, key: attributes.project, value: data, headers } };
  } catch (error) {
    if (isFault(error)) return { kind: 'unreadable', reason: reasonOf(error) };
    throw error;
  }
}

function arrivedEvent(message: Message, attributes: EventAttributes, payload: Buffer, webhooksPosition: WebhooksPosition | undefined): ArrivedEvent {
  const { project, source, id } = attributes;
  const onlyWebhook = message.headers[eventHeaders.onlyWebhook];
  return {
    id: eventId(project, source, id),
    attributes,
    payload,
    origin: { partition: message.partition, offset: message.offset },
    acceptedAt: message.publishedAt,
    ...(onlyWebhook === undefined ? {} : { onlyWebhook }),
    ...(webhooksPosition === undefined ? {} : { webhooksPosition }),
  };
}

/** Every problem in a sentence, as the dead letter carries it. */
function reasonOf({ message, details: { problems = [] } }: Fault): string {
  const named = problems.map(({ field, reason }) => (field === '' ? reason : `${field} ${reason}`));
  return named.length === 0 ? message : `Not an event: ${named.join('; ')}.`;
}

function readPosition(text: string | undefined): WebhooksPosition | undefined {
  const [, partition, offset] = /^(\d{1,9}):(\d{1,15})$/.exec(text ?? '') ?? [];
  return partition === undefined || offset === undefined ? undefined : { partition: Number(partition), offset: Number(offset) };
}
