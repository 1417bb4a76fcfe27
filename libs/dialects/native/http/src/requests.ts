import {
  headerListRule, headerName, headerValue, integer, isRecord, nativeLimits, nativeRules, oneOf, problem, secretProblem, sound, text, type SignatureKind,
} from '@hookyard/dialect-native';
import { ApiProperty, ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { IsBoolean, IsOptional, ValidateIf, ValidateNested } from 'class-validator';
import { MayBeAbsent, Meets, type RequestRule } from './meets.ts';

const { timeoutMs, retryWaitMs } = nativeLimits;
const secretRule: RequestRule = text({ min: 1, max: 128 }, { check: secretProblem });

const dayMs = 86_400_000;
const longestGraceMs = 7 * dayMs;

export class WebhookHeader {
  @ApiProperty({ maxLength: nativeLimits.headerNameChars, example: 'Authorization', description: 'A header name of RFC 9110. Framing headers, `content-type`, `user-agent`, `traceparent` and `webhook-*` are set by Hookyard itself.' })
  @Meets(headerName)
  readonly name!: string;

  @ApiPropertyOptional({ maxLength: nativeLimits.headerValueChars, description: 'Printable ASCII. May be left out of a protected header that is known already: its value stays.' })
  @ValidateIf((header: WebhookHeader) => header.protected !== true || header.value !== undefined)
  @Meets(headerValue)
  readonly value?: string;

  @ApiPropertyOptional({ default: false, description: 'Encrypted, and never shown again.' })
  @MayBeAbsent()
  @IsBoolean({ message: 'Give true or false.' })
  readonly protected?: boolean;
}

/** The fields that creating, replacing and changing have in common. */
class WebhookFields {
  @ApiPropertyOptional({ maxLength: nativeLimits.descriptionChars, nullable: true })
  @IsOptional()
  @Meets(nativeRules.description)
  readonly description?: string;

  @ApiPropertyOptional({ type: [String], maxItems: nativeLimits.eventTypes, default: ['*'], example: ['order.*'], description: 'Event types: exact, `order.*` for all that begin so, `*` for any.' })
  @IsOptional()
  @Meets(nativeRules.eventTypes)
  readonly eventTypes?: string[];

  @ApiPropertyOptional({ nullable: true, example: 'eu/*', description: 'A glob over the subject of the event.' })
  @IsOptional()
  @Meets(nativeRules.subject)
  readonly subject?: string;

  @ApiPropertyOptional({ type: [WebhookHeader], maxItems: nativeLimits.headers, default: [], description: 'Sent with every delivery.' })
  @IsOptional()
  @Meets(headerListRule)
  @ValidateNested({ each: true, message: 'Every place of the list is an object.' })
  @Type(() => WebhookHeader)
  readonly headers?: WebhookHeader[];

  @ApiPropertyOptional({ type: 'integer', minimum: timeoutMs.min, maximum: timeoutMs.max, default: timeoutMs.default, description: 'Whole time for one attempt, milliseconds.' })
  @IsOptional()
  @Meets(nativeRules.timeoutMs)
  readonly timeoutMs?: number;

  @ApiPropertyOptional({ type: 'array', items: { type: 'integer', minimum: retryWaitMs.min, maximum: retryWaitMs.max }, maxItems: nativeLimits.retries, nullable: true, example: [5_000, 300_000], description: 'Waits between attempts, milliseconds; none: a single attempt. Left out: the schedule of Standard Webhooks, ten attempts over three days.' })
  @IsOptional()
  @Meets(nativeRules.retryScheduleMs)
  readonly retryScheduleMs?: number[];

  @ApiPropertyOptional({ description: 'Whether it receives events. A new one does unless it says otherwise; left out, an existing one stays as it is.' })
  @MayBeAbsent()
  @IsBoolean({ message: 'Give true or false.' })
  readonly enabled?: boolean;
}

const needsSecretForV1: RequestRule = (value, field, request) => {
  const asksV1 = Array.isArray(value) && value.includes('v1');
  return asksV1 && (request as CreateWebhook).secret === undefined ? problem(field, 'required', 'A signature of kind v1 needs a `secret`.') : sound;
};

/** Every rule at once. */
const both = (one: RequestRule, other: RequestRule): RequestRule => (...asked) => [...one(...asked), ...other(...asked)];

const signatureKinds = {
  enum: ['v1', 'v1a'],
  isArray: true,
  description: '`v1`: HMAC-SHA256, needs a secret. `v1a`: Ed25519, with a key pair made here. Default: `v1` when a secret is given, else `v1a`.',
};

const filterField: ApiPropertyOptions = {
  type: 'object', additionalProperties: true, nullable: true, example: { 'data.amount': { $gt: 100 } },
  description: 'Conditions on attributes and data of the event; all must hold.',
};

const labelsField: ApiPropertyOptions = {
  type: 'object', additionalProperties: { type: 'string' }, default: {}, example: { team: 'billing' },
  description: `At most ${nativeLimits.labels}; to find webhooks by.`,
};

/** What a webhook cannot be without, what only goes in, and what is given whole. */
class WholeWebhook extends WebhookFields {
  @ApiProperty({ maxLength: nativeLimits.nameChars, example: 'Orders to billing' })
  @Meets(nativeRules.name)
  readonly name!: string;

  @ApiProperty({ maxLength: nativeLimits.urlChars, example: 'https://shop.example/hooks', description: 'http or https, without credentials and fragment. Which addresses may be reached is up to the operator.' })
  @Meets(nativeRules.url)
  readonly url!: string;

  @ApiPropertyOptional({ writeOnly: true, example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', description: 'HMAC secret: `whsec_` and base64 of 24 to 64 bytes. Never shown again.' })
  @MayBeAbsent()
  @Meets(secretRule)
  readonly secret?: string;

  @ApiPropertyOptional(filterField)
  @IsOptional()
  @Meets(nativeRules.filter)
  readonly filter?: Record<string, unknown>;

  @ApiPropertyOptional(labelsField)
  @IsOptional()
  @Meets(nativeRules.labels)
  readonly labels?: Record<string, string>;
}

export class CreateWebhook extends WholeWebhook {
  @ApiPropertyOptional(signatureKinds)
  @IsOptional()
  @Meets(both(nativeRules.signatures, needsSecretForV1))
  readonly signatures?: SignatureKind[];
}

/** Replacing a webhook, or creating it under an id of the client's choice. An existing one has its secret already. */
export class PutWebhook extends WholeWebhook {
  @ApiPropertyOptional({ ...signatureKinds, description: `${signatureKinds.description} Left out without a secret, an existing one signs as before.` })
  @IsOptional()
  @Meets(nativeRules.signatures)
  readonly signatures?: SignatureKind[];
}

const anObject: RequestRule = (value, field) => (isRecord(value) ? sound : problem(field, 'invalid_type', 'Give an object.'));

/** In a patch a null removes what it names, and is itself no value. */
const besideNulls = (rule: RequestRule): RequestRule => (value, field, request) =>
  rule(isRecord(value) ? Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== null)) : value, field, request);

/** A JSON merge patch (RFC 7396): what is left out stays, null removes, objects are merged, lists are replaced. */
export class PatchWebhook extends WebhookFields {
  @ApiPropertyOptional({ maxLength: nativeLimits.nameChars })
  @MayBeAbsent()
  @Meets(nativeRules.name)
  readonly name?: string;

  @ApiPropertyOptional({ maxLength: nativeLimits.urlChars })
  @MayBeAbsent()
  @Meets(nativeRules.url)
  readonly url?: string;

  // A part of a filter is no filter: what is checked is the whole, after merging.
  @ApiPropertyOptional(filterField)
  @IsOptional()
  @Meets(anObject)
  readonly filter?: Record<string, unknown>;

  @ApiPropertyOptional(labelsField)
  @IsOptional()
  @Meets(besideNulls(nativeRules.labels))
  readonly labels?: Record<string, string | null>;

  @ApiPropertyOptional({ ...signatureKinds, description: 'Each kind needs its key: rotate a secret in before `v1` is asked for.' })
  @IsOptional()
  @Meets(nativeRules.signatures)
  readonly signatures?: SignatureKind[];
}

export class RotateSecret {
  @ApiPropertyOptional({ writeOnly: true, description: 'The new HMAC secret, for `v1`. Left out: a new key pair is made, for `v1a`.' })
  @MayBeAbsent()
  @Meets(secretRule)
  readonly secret?: string;

  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: longestGraceMs, default: dayMs, description: 'How long the old keys sign along, milliseconds.' })
  @MayBeAbsent()
  @Meets(integer({ min: 0, max: longestGraceMs }))
  readonly graceMs: number = dayMs;
}

/** Numbers in a query come as text. */
const toNumber = Transform(({ value }: { value: unknown }) => (typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value));

export class PageQuery {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 100, default: 50 })
  @MayBeAbsent()
  @toNumber
  @Meets(integer({ min: 1, max: 100 }))
  readonly limit: number = 50;

  @ApiPropertyOptional({ description: 'From the page before.' })
  @MayBeAbsent()
  @Meets(text({ min: 1, max: 2_048 }))
  readonly cursor?: string;
}

export class ListWebhooks extends PageQuery {
  @ApiPropertyOptional({ description: 'A label: `team:billing`.' })
  @MayBeAbsent()
  @Meets(text({ min: 1, max: 400 }, { check: (value) => (value.includes(':') ? null : 'Give a label as key:value.') }))
  readonly label?: string;

  @ApiPropertyOptional({ description: 'Webhooks that list this event type or pattern, as written there: `order.*`.' })
  @MayBeAbsent()
  @Meets(text({ min: 1, max: 256 }))
  readonly eventType?: string;

  @ApiPropertyOptional({ enum: ['enabled', 'disabled'] })
  @MayBeAbsent()
  @Meets(oneOf('enabled', 'disabled'))
  readonly state?: 'enabled' | 'disabled';
}

