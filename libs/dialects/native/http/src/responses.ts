import type { SignatureKind } from '@hookyard/dialect-native';
import type { DisabledReason } from '@hookyard/event-schemas';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class WebhookHeaderShown {
  @ApiProperty()
  readonly name!: string;
  @ApiPropertyOptional({ description: 'Absent when protected.' })
  readonly value?: string;
  @ApiPropertyOptional()
  readonly protected?: boolean;
}

export class ExpiringKey {
  @ApiProperty({ enum: ['v1', 'v1a'] })
  readonly kind!: SignatureKind;
  @ApiPropertyOptional({ description: 'Of `v1a`.' })
  readonly publicKey?: string;
  @ApiProperty({ format: 'date-time' })
  readonly expiresAt!: string;
}

/** A webhook as answers show it. It never holds a secret. */
export class Webhook {
  @ApiProperty({ description: 'Made by the server (`wh_…`), or chosen by a client; the project\'s own.', example: 'wh_5f2b6c1d9e8a47b3a0c4d5e6f7a8b9c0' })
  readonly id!: string;
  @ApiProperty()
  readonly project!: string;
  @ApiProperty()
  readonly name!: string;
  @ApiPropertyOptional()
  readonly description?: string;
  @ApiProperty()
  readonly url!: string;
  @ApiProperty({ type: [String] })
  readonly eventTypes!: readonly string[];
  @ApiPropertyOptional()
  readonly subject?: string;
  @ApiPropertyOptional({ type: 'object', additionalProperties: true })
  readonly filter?: Readonly<Record<string, unknown>>;
  @ApiProperty({ type: [WebhookHeaderShown] })
  readonly headers!: readonly WebhookHeaderShown[];
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  readonly labels!: Readonly<Record<string, string>>;
  @ApiProperty({ type: 'integer' })
  readonly timeoutMs!: number;
  @ApiPropertyOptional({ type: [Number], description: 'Absent: the schedule of Standard Webhooks.' })
  readonly retryScheduleMs?: readonly number[];
  @ApiProperty({ enum: ['v1', 'v1a'], isArray: true })
  readonly signatures!: readonly SignatureKind[];
  @ApiPropertyOptional({ example: 'whpk_PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=', description: 'What `v1a` is verified with.' })
  readonly publicKey?: string;
  @ApiProperty({ type: [ExpiringKey], description: 'Older keys that sign along until they expire.' })
  readonly expiringKeys!: readonly ExpiringKey[];
  @ApiProperty()
  readonly enabled!: boolean;
  @ApiPropertyOptional({ enum: ['owner', 'automatic', 'gone'] })
  readonly disabledReason?: DisabledReason;
  @ApiProperty({ type: 'integer', description: 'Grows with every change; quoted, it is the ETag.' })
  readonly revision!: number;
  @ApiProperty({ format: 'date-time' })
  readonly createdAt!: string;
  @ApiProperty({ format: 'date-time' })
  readonly updatedAt!: string;
}

export class WebhookPage {
  @ApiProperty({ type: [Webhook] })
  readonly items!: readonly Webhook[];
  @ApiPropertyOptional({ description: 'Asks for the next page. Absent on the last one.' })
  readonly cursor?: string;
}

export class Ping {
  @ApiProperty({ description: 'The event that was emitted.' })
  readonly eventId!: string;
  @ApiProperty({ description: 'Its delivery to the webhook.' })
  readonly deliveryId!: string;
}

export class ChangedBy {
  @ApiProperty({ enum: ['admin', 'token', 'system'] })
  readonly kind!: 'admin' | 'token' | 'system';
  @ApiProperty({ description: 'The id of the token.' })
  readonly id!: string;
}

const anyJson = { anyOf: [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }, { type: 'array', items: {} }, { type: 'object' }] };

export class FieldDifference {
  @ApiProperty({ description: 'Dotted path of the field.', example: 'labels.team' })
  readonly field!: string;
  @ApiPropertyOptional({ ...anyJson, description: 'Absent when the field was not there.' })
  readonly from?: unknown;
  @ApiPropertyOptional({ ...anyJson, description: 'Absent when the field is not there any more.' })
  readonly to?: unknown;
  @ApiPropertyOptional({ description: 'The value changed and is not shown.' })
  readonly protected?: true;
}

export class Revision {
  @ApiProperty({ type: 'integer' })
  readonly revision!: number;
  @ApiProperty({ enum: ['WebhookCreated', 'WebhookChanged', 'WebhookEnabled', 'WebhookDisabled', 'SecretRotated', 'WebhookDeleted'] })
  readonly type!: string;
  @ApiProperty({ format: 'date-time' })
  readonly at!: string;
  @ApiProperty({ type: ChangedBy })
  readonly by!: ChangedBy;
  @ApiProperty({ type: [FieldDifference], description: 'What differs from the revision before.' })
  readonly changes!: readonly FieldDifference[];
}

export class RevisionPage {
  @ApiProperty({ type: [Revision], description: 'Newest first.' })
  readonly items!: readonly Revision[];
  @ApiPropertyOptional({ description: 'Asks for the next page. Absent on the last one.' })
  readonly cursor?: string;
}

export class RevisionState extends Revision {
  @ApiPropertyOptional({ type: Webhook, description: 'The webhook as of this revision; absent when it was deleted by it.' })
  readonly webhook?: Webhook;
}
