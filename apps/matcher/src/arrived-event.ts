import { eventHeaders, eventId, fromEventHeaders, partitionOf, type EventAttributes } from '@hookyard/event-schemas';
import type { Message } from '@hookyard/ports';

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

/** Reads a message; a sentence says why it is no event that can be matched. */
export function arrivedEvent(message: Message, partitions: number): ArrivedEvent | string {
  const attributes = fromEventHeaders(message.headers);
  if (attributes === null) return 'Not a CloudEvent: one of the headers ce_id, ce_source, ce_type, ce_project is missing.';
  const { project, source, id } = attributes;
  const partition = partitionOf(project, partitions);
  // The sequence of a project's deliveries comes from the places of its events, so they must lie together.
  if (message.partition !== partition) return `An event of project ${project} lies in partition ${message.partition} and belongs into ${partition}: its key must be its project.`;
  const onlyWebhook = message.headers[eventHeaders.onlyWebhook];
  const webhooksPosition = readPosition(message.headers[eventHeaders.webhooksPosition]);
  return {
    id: eventId(project, source, id),
    attributes,
    payload: message.value ?? Buffer.alloc(0),
    origin: { partition: message.partition, offset: message.offset },
    acceptedAt: message.publishedAt,
    ...(onlyWebhook === undefined ? {} : { onlyWebhook }),
    ...(webhooksPosition === undefined ? {} : { webhooksPosition }),
  };
}

function readPosition(text: string | undefined): WebhooksPosition | undefined {
  const [, partition, offset] = /^(\d{1,9}):(\d{1,15})$/.exec(text ?? '') ?? [];
  return partition === undefined || offset === undefined ? undefined : { partition: Number(partition), offset: Number(offset) };
}
