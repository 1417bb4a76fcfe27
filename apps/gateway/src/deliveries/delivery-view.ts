import { publicWebhookId } from '@hookyard/event-schemas';
import type { AttemptDocument, DeliveryDocument, DeliveryStatus } from '@hookyard/event-schemas';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { PageAnswer } from '../rest/page.ts';
import { timeText } from '../rest/time.ts';

export const deliveryStatuses: readonly DeliveryStatus[] = ['pending', 'retrying', 'succeeded', 'failed', 'cancelled'];

class DeliveryFacts {
  @ApiProperty({ example: 'dlv_3b1f0c7d9a5e48d2b6c4a1e0f9d87c65' })
  readonly id!: string;
  @ApiProperty({ example: 'wh_9f86d081884c7d659a2feaa0c55ad015' })
  readonly webhookId!: string;
  @ApiProperty({ description: 'The revision of the webhook that the event was matched against.' })
  readonly webhookRevision!: number;
  @ApiProperty({ example: 'evt_0c7d9a5e48d2b6c4a1e0f9d87c653b1f' })
  readonly eventId!: string;
  @ApiProperty({ example: 'order.placed' })
  readonly eventType!: string;
  @ApiPropertyOptional({ description: 'The event\'s subject.' })
  readonly subject?: string;
  @ApiProperty({ description: 'The event\'s source.', example: '/shop' })
  readonly source!: string;
  @ApiProperty({ description: 'The producer\'s id of the event.', example: '1' })
  readonly sourceEventId!: string;
  @ApiProperty({ description: 'Grows strictly within the project, in the order of the events; receivers see it too.' })
  readonly sequence!: number;
  @ApiProperty({ enum: deliveryStatuses })
  readonly status!: DeliveryStatus;
  @ApiProperty({ format: 'date-time' })
  readonly createdAt!: string;
  @ApiPropertyOptional({ format: 'date-time' })
  readonly lastAttemptAt?: string;
  @ApiPropertyOptional({ format: 'date-time' })
  readonly nextAttemptAt?: string;
  @ApiPropertyOptional({ format: 'date-time' })
  readonly endedAt?: string;
  @ApiPropertyOptional({ description: 'The HTTP status of the last answer.', example: 204 })
  readonly lastStatusCode?: number;
  @ApiPropertyOptional({ description: 'Why the last attempt failed.', example: 'http_503' })
  readonly lastFailure?: string;
  @ApiPropertyOptional({ description: 'How long the last attempt took, in milliseconds.' })
  readonly durationMs?: number;
  @ApiPropertyOptional({ enum: ['webhook_deleted', 'webhook_disabled', 'superseded'] })
  readonly cancelReason?: string;
}

export class Delivery extends DeliveryFacts {
  @ApiProperty({ description: 'Attempts made so far.', example: 1 })
  readonly attempts!: number;
}

export class DeliveryList extends PageAnswer {
  @ApiProperty({ type: [Delivery] })
  readonly items!: Delivery[];
}

export class SentRequestView {
  @ApiProperty({ example: 'POST' })
  readonly method!: string;
  @ApiProperty({ example: 'https://example.com/hooks' })
  readonly url!: string;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' }, description: 'Protected ones are shown as `[redacted]`.' })
  readonly headers!: Readonly<Record<string, string>>;
  @ApiProperty({ description: 'SHA-256 of the body, hex.' })
  readonly bodySha256!: string;
  @ApiProperty()
  readonly bodyBytes!: number;
}

export class OutcomeView {
  @ApiProperty({ enum: ['responded', 'timed_out', 'connection_failed', 'not_sent'] })
  readonly kind!: string;
  @ApiPropertyOptional({ description: 'With `responded`.', example: 204 })
  readonly status?: number;
  @ApiPropertyOptional({ type: 'object', additionalProperties: { type: 'string' }, description: 'With `responded`.' })
  readonly headers?: Readonly<Record<string, string>>;
  @ApiPropertyOptional({ description: 'With `responded`: the first 16 KiB.' })
  readonly body?: string;
  @ApiPropertyOptional({ enum: ['utf8', 'base64'] })
  readonly bodyEncoding?: string;
  @ApiPropertyOptional()
  readonly bodyTruncated?: boolean;
  @ApiPropertyOptional({ enum: ['connect', 'response', 'body'], description: 'With `timed_out`: what was waited for.' })
  readonly stage?: string;
  @ApiPropertyOptional({ description: 'With `timed_out`.' })
  readonly afterMs?: number;
  @ApiPropertyOptional({ description: 'With `connection_failed` and `not_sent`.' })
  readonly code?: string;
  @ApiPropertyOptional({ description: 'With `connection_failed` and `not_sent`.' })
  readonly message?: string;
}

export class Attempt {
  @ApiProperty({ description: 'Counts from 1.', example: 1 })
  readonly attempt!: number;
  @ApiProperty({ enum: ['event', 'retry', 'redelivery', 'ping'], description: 'What led to it.' })
  readonly trigger!: string;
  @ApiPropertyOptional({ description: 'With `redelivery`: who asked.' })
  readonly requestedBy?: string;
  @ApiProperty({ format: 'date-time' })
  readonly startedAt!: string;
  @ApiProperty()
  readonly durationMs!: number;
  @ApiProperty({ description: 'The revision of the webhook that was sent.' })
  readonly webhookRevision!: number;
  @ApiPropertyOptional({ type: SentRequestView, description: 'Absent when nothing was sent.' })
  readonly request?: SentRequestView;
  @ApiProperty({ type: OutcomeView, description: 'What came back, or what prevented it.' })
  readonly outcome!: OutcomeView;
  @ApiProperty({ enum: ['retrying', 'succeeded', 'failed'], description: 'The delivery\'s state after it.' })
  readonly status!: string;
  @ApiPropertyOptional({ format: 'date-time' })
  readonly nextAttemptAt?: string;
}

export class DeliveryDetail extends DeliveryFacts {
  @ApiProperty({ type: [Attempt], description: 'In order; of more than 100 the newest.' })
  readonly attempts!: Attempt[];
}

export class RedeliveryAccepted {
  @ApiProperty({ example: 'dlv_3b1f0c7d9a5e48d2b6c4a1e0f9d87c65' })
  readonly deliveryId!: string;
  @ApiProperty({ description: 'Names this request to send it again.' })
  readonly requestId!: string;
}

export function deliveryView(delivery: DeliveryDocument): Delivery {
  return { ...factsOf(delivery), attempts: delivery.attempts };
}

export function deliveryDetail(delivery: DeliveryDocument, attempts: readonly AttemptDocument[]): DeliveryDetail {
  return { ...factsOf(delivery), attempts: attempts.map(attemptView) };
}

function factsOf(delivery: DeliveryDocument): DeliveryFacts {
  const { project, webhookId, origin: _origin, attempts: _attempts, requestId: _requestId, createdAt, lastAttemptAt, nextAttemptAt, endedAt, ...rest } = delivery;
  return { ...rest, webhookId: publicWebhookId(project, webhookId), createdAt: timeText(createdAt), ...times({ lastAttemptAt, nextAttemptAt, endedAt }) };
}

function attemptView(attempt: AttemptDocument): Attempt {
  const { id: _id, deliveryId: _deliveryId, project: _project, webhookId: _webhookId, startedAt, nextAttemptAt, ...rest } = attempt;
  return { ...rest, startedAt: timeText(startedAt), ...times({ nextAttemptAt }) };
}

function times<Name extends string>(at: Readonly<Record<Name, number | undefined>>): { readonly [N in Name]?: string } {
  const given = Object.entries<number | undefined>(at).filter(([, ms]) => ms !== undefined);
  return Object.fromEntries(given.map(([name, ms]) => [name, timeText(ms ?? 0)])) as { [N in Name]?: string };
}
