import type { DomainEvent, EventAttributes } from '@hookyard/event-schemas';

/** Media type of a structured CloudEvent (CloudEvents JSON format 1.0.2, 3). */
export const structuredJson = 'application/cloudevents+json';

/**
 * The structured CloudEvent of an event, with its sequence: attributes first, the payload last, as the bytes that came in.
 * A payload that calls itself JSON is trusted to be JSON, which the gateway has seen to; one that names no type is looked at;
 * any other travels as `data_base64`.
 * The bytes of one event are the same for every webhook, so they are made once.
 */
export function structuredEvent(event: DomainEvent, sequence: number): Buffer {
  const known = made.get(event);
  if (known !== undefined && known.sequence === sequence) return known.bytes;
  const bytes = concatenate(event, sequence);
  made.set(event, { sequence, bytes });
  return bytes;
}

const made = new WeakMap<DomainEvent, { readonly sequence: number; readonly bytes: Buffer }>();
const closing = Buffer.from('}');
const closingText = Buffer.from('"}');

function concatenate({ attributes, data }: DomainEvent, sequence: number): Buffer {
  const head = JSON.stringify(inOrder(attributes, sequence)).slice(0, -1);
  if (data.length === 0) return Buffer.concat([Buffer.from(head), closing]);
  if (isJson(attributes.datacontenttype, data)) return Buffer.concat([Buffer.from(`${head},"data":`), data, closing]);
  return Buffer.concat([Buffer.from(`${head},"data_base64":"${data.toString('base64')}`), closingText]);
}

function inOrder({ extensions = {}, ...attributes }: EventAttributes, sequence: number): Record<string, string | undefined> {
  const { id, source, type, subject, time, datacontenttype, dataschema, project, partitionkey, traceparent, tracestate } = attributes;
  const named = { specversion: '1.0', id, source, type, subject, time, datacontenttype, dataschema, project, partitionkey, traceparent, tracestate };
  const others = Object.entries(extensions).filter(([name]) => !(name in named) && !reserved.has(name));
  return { ...named, ...Object.fromEntries(others), sequence: String(sequence) };
}

/** What an extension cannot be called, because Hookyard or the format says it. */
const reserved = new Set(['sequence', 'data', 'data_base64']);

// The rule of the JSON format: `application/json`, `text/json` and every `+json` (CloudEvents 1.0.2, JSON format, 3.1).
const jsonType = /^[^;]*[/+]json\s*(?:;|$)/i;

function isJson(contentType: string | undefined, data: Buffer): boolean {
  if (contentType !== undefined) return jsonType.test(contentType);
  try {
    JSON.parse(data.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}
