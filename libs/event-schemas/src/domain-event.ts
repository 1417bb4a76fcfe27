import type { Headers } from './headers.ts';

/** The context attributes of a CloudEvent 1.0 as Hookyard uses them. https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md */
export type EventAttributes = {
  /** The producer's id; `(source, id)` names the event within its project. */
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject?: string;
  /** RFC 3339. */
  readonly time?: string;
  readonly datacontenttype?: string;
  readonly dataschema?: string;
  /** Extension: the project it belongs to. */
  readonly project: string;
  readonly partitionkey?: string;
  /** W3C trace context of the producer. */
  readonly traceparent?: string;
  readonly tracestate?: string;
  /** Any other extension attributes, as strings. */
  readonly extensions?: Readonly<Record<string, string>>;
};

/** An event with its payload as the bytes that came in. */
export type DomainEvent = {
  readonly attributes: EventAttributes;
  readonly data: Buffer;
};

/** Headers that the gateway adds beside the CloudEvents ones. */
export const eventHeaders = {
  /** `partition:offset` in `webhooks` that the matcher must have reached before it matches this event. */
  webhooksPosition: 'hy-webhooks-position',
  /** The one webhook that this event is for (a ping); nobody else is asked. Never taken from a producer. */
  onlyWebhook: 'hy-only-webhook',
} as const;

const named = ['id', 'source', 'type', 'subject', 'time', 'dataschema', 'project', 'partitionkey', 'traceparent', 'tracestate'] as const;

/** The CloudEvents Kafka binding, binary mode: attributes as `ce_` headers, the content type as its own, the value is the data. */
export function toEventHeaders(attributes: EventAttributes): Record<string, string> {
  const headers: Record<string, string> = { ce_specversion: '1.0' };
  for (const name of named) {
    const value = attributes[name];
    if (value !== undefined) headers[`ce_${name}`] = value;
  }
  if (attributes.datacontenttype !== undefined) headers['content-type'] = attributes.datacontenttype;
  for (const [name, value] of Object.entries(attributes.extensions ?? {})) headers[`ce_${name}`] = value;
  return headers;
}

/** The inverse of `toEventHeaders`, or null when a required attribute is missing: then the message is no event. */
export function fromEventHeaders(headers: Headers): EventAttributes | null {
  const { ce_id: id, ce_source: source, ce_type: type, ce_project: project } = headers;
  if (id === undefined || source === undefined || type === undefined || project === undefined) return null;
  const attributes: Record<string, unknown> = {};
  const extensions: Record<string, string> = {};
  for (const [header, value] of Object.entries(headers)) {
    if (header === 'content-type') attributes['datacontenttype'] = value;
    if (!header.startsWith('ce_') || header === 'ce_specversion') continue;
    const name = header.slice(3);
    if ((named as readonly string[]).includes(name)) attributes[name] = value;
    else extensions[name] = value;
  }
  if (Object.keys(extensions).length > 0) attributes['extensions'] = extensions;
  return attributes as EventAttributes;
}
