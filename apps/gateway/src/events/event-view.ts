import { publicWebhookId } from '@hookyard/event-schemas';
import type { EventAttributes, ExplainReply, WebhookExplanation } from '@hookyard/event-schemas';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Delivery } from '../deliveries/delivery-view.ts';
import { PageAnswer } from '../rest/page.ts';
import { timeText } from '../rest/time.ts';
import type { FoundEvent } from './event-lookup.ts';
import { isJson } from '@hookyard/cloudevents';

/** A CloudEvent as people read it: the JSON format, extension attributes beside the others. */
export class CloudEvent {
  @ApiProperty({ example: '1.0' })
  readonly specversion!: string;
  @ApiProperty({ description: 'The producer\'s id. Together with `source` it names the event in its project.', example: '1' })
  readonly id!: string;
  @ApiProperty({ format: 'uri-reference', example: '/shop' })
  readonly source!: string;
  @ApiProperty({ example: 'order.placed' })
  readonly type!: string;
  @ApiPropertyOptional({ example: 'orders/1' })
  readonly subject?: string;
  @ApiPropertyOptional({ format: 'date-time', description: 'Default: when it was accepted.' })
  readonly time?: string;
  @ApiPropertyOptional({ example: 'application/json' })
  readonly datacontenttype?: string;
  @ApiPropertyOptional({ format: 'uri' })
  readonly dataschema?: string;
  @ApiPropertyOptional({ description: 'The project of the path; may be left out.', example: 'default' })
  readonly project?: string;
  @ApiPropertyOptional({ description: 'Any JSON value.', oneOf: [{ type: 'object' }, { type: 'array', items: {} }, { type: 'string' }, { type: 'number' }, { type: 'boolean' }, { type: 'null' }], example: { amount: 42 } })
  readonly data?: unknown;
  @ApiPropertyOptional({ description: 'The payload when it is not JSON, in Base64.' })
  readonly data_base64?: string;
}

export class AcceptedEventView {
  @ApiProperty({ description: 'The producer\'s id.', example: '1' })
  readonly id!: string;
  @ApiProperty({ example: 'evt_0c7d9a5e48d2b6c4a1e0f9d87c653b1f' })
  readonly eventId!: string;
  @ApiProperty({ description: 'An event of this source and id was accepted before; this one is ignored.' })
  readonly duplicate!: boolean;
  @ApiPropertyOptional({ type: 'array', items: { type: 'object', properties: { field: { type: 'string' }, code: { type: 'string' }, reason: { type: 'string' } } }, description: 'In what way the data does not fit the schema of its type, when the type only warns.' })
  readonly warnings?: readonly object[];
}

export class EventsAccepted {
  @ApiProperty({ type: [AcceptedEventView], description: 'One for each event, in the order they were sent.' })
  readonly accepted!: readonly AcceptedEventView[];
}

class EventFacts {
  @ApiProperty({ example: 'evt_0c7d9a5e48d2b6c4a1e0f9d87c653b1f' })
  readonly eventId!: string;
  @ApiProperty({ format: 'date-time' })
  readonly acceptedAt!: string;
  @ApiProperty({ description: 'Grows strictly within the project, in the order of acceptance.' })
  readonly sequence!: number;
}

export class EventSummary extends EventFacts {
  @ApiProperty({ type: CloudEvent, description: 'Without its payload.' })
  readonly event!: CloudEvent;
}

export class EventList extends PageAnswer {
  @ApiProperty({ type: [EventSummary] })
  readonly items!: EventSummary[];
}

export class EventDetail extends EventFacts {
  @ApiProperty({ type: CloudEvent, description: 'With its payload as it came in, as long as that is kept.' })
  readonly event!: CloudEvent;
  @ApiProperty({ description: 'Whether the payload is still kept.' })
  readonly payloadKept!: boolean;
  @ApiProperty({ type: [Delivery], description: 'The newest 100; all of them are listed under deliveries, with `event`.' })
  readonly deliveries!: readonly Delivery[];
}

export class NoMatchReason {
  @ApiProperty({ enum: ['type_not_subscribed', 'subject_not_matched', 'filter_not_matched', 'webhook_disabled', 'addressed_to_another', 'not_concerned'] })
  readonly code!: string;
  @ApiPropertyOptional({ description: 'The condition that failed, as its owner wrote it.', example: 'data.amount $gt 100' })
  readonly condition?: string;
  @ApiPropertyOptional({ description: 'The value that it met.', example: 42, oneOf: [{ type: 'object' }, { type: 'array', items: {} }, { type: 'string' }, { type: 'number' }, { type: 'boolean' }, { type: 'null' }] })
  readonly actual?: unknown;
  @ApiProperty({ description: 'One sentence for a person.' })
  readonly message!: string;
}

export class WebhookExplained {
  @ApiProperty({ example: 'wh_9f86d081884c7d659a2feaa0c55ad015' })
  readonly webhookId!: string;
  @ApiProperty()
  readonly webhookRevision!: number;
  @ApiProperty()
  readonly matched!: boolean;
  @ApiPropertyOptional({ type: NoMatchReason, description: 'When it did not match.' })
  readonly reason?: NoMatchReason;
}

export class Explanation {
  @ApiProperty()
  readonly eventId!: string;
  @ApiProperty({ type: [WebhookExplained], description: 'Each webhook of the project, as it is now.' })
  readonly webhooks!: readonly WebhookExplained[];
  @ApiProperty({ description: 'Whether there are more webhooks than an answer holds.' })
  readonly truncated!: boolean;
}

export function eventSummary(event: FoundEvent): EventSummary {
  return { ...factsOf(event), event: cloudEvent(event.attributes) };
}

/** The JSON text of an `EventDetail`. A JSON payload is put into it as the bytes that came in. */
export function eventDetailText(event: FoundEvent, payload: Buffer | null, deliveries: readonly Delivery[]): string {
  const facts = JSON.stringify({ ...factsOf(event), payloadKept: payload !== null, deliveries });
  return `${facts.slice(0, -1)},"event":${cloudEventText(event.attributes, payload)}}`;
}

/** The matcher's answer with each webhook as the project's clients call it. */
export function explanationView(project: string, { webhooks, ...reply }: ExplainReply): Explanation {
  const shown = ({ webhookId, reason, ...verdict }: WebhookExplanation): WebhookExplained => ({
    webhookId: publicWebhookId(project, webhookId),
    ...verdict,
    ...(reason === undefined ? {} : { reason: reasonView(project, reason) }),
  });
  return { ...reply, webhooks: webhooks.map(shown) };
}

/** One reason names another webhook: the one that a ping is for. */
function reasonView(project: string, reason: NonNullable<WebhookExplanation['reason']>): NoMatchReason {
  if (reason.code !== 'addressed_to_another') return reason;
  const addressee = publicWebhookId(project, String(reason.actual));
  return { ...reason, actual: addressee, message: `The event is a ping for ${addressee} alone.` };
}

function cloudEventText(attributes: EventAttributes, payload: Buffer | null): string {
  const head = JSON.stringify(cloudEvent(attributes));
  if (payload === null || payload.length === 0) return head;
  const json = attributes.datacontenttype !== undefined && isJson(attributes.datacontenttype);
  const member = json ? `"data":${payload.toString('utf8')}` : `"data_base64":${JSON.stringify(payload.toString('base64'))}`;
  return `${head.slice(0, -1)},${member}}`;
}

function cloudEvent({ extensions, ...attributes }: EventAttributes): CloudEvent {
  return { specversion: '1.0', ...attributes, ...extensions };
}

/** The sequence of an event is its place in its project's partition, counted from 1. */
function factsOf({ eventId, acceptedAt, origin }: FoundEvent): EventFacts {
  return { eventId, acceptedAt: timeText(acceptedAt), sequence: origin.offset + 1 };
}
