import { isUtf8 } from 'node:buffer';
import type { EventAttributes } from '@hookyard/event-schemas';
import { readAttributes } from './attributes.ts';
import type { AttributeContext, RawAttributes } from './attributes.ts';
import { nestingDepth } from './json-slices.ts';
import { within } from './problems.ts';
import type { Report } from './problems.ts';

/** An event as a producer sent it, checked. */
export type IncomingEvent = {
  /** Where it stands in the request: `events[3]` in a batch, else empty. */
  readonly place: string;
  readonly attributes: EventAttributes;
  /** The payload as the bytes that came in; empty when there is none. */
  readonly data: Buffer;
  /** The payload as a value; undefined when it is not JSON, or there is none. */
  readonly value: unknown;
};

export type EventContext = AttributeContext & { readonly maxEventBytes: number };

/** An event's place in the request, and where its problems are reported: already under that place. */
export type Spot = { readonly place: string; readonly report: Report };

export function spot(place: string, report: Report): Spot {
  return { place, report: within(place, report) };
}

/** The payload of an event before the rest of it has been looked at. */
export type Payload = { readonly data: Buffer; readonly value: unknown };

export const noPayload: Payload = { data: Buffer.alloc(0), value: undefined };

/** Whoever walks a payload recursively (a schema, a filter) must not run out of stack. */
const deepestNesting = 256;

/** Puts attributes and payload together; null when either had a problem, which has then been reported. */
export function incomingEvent(raw: RawAttributes, payload: Payload | null, context: EventContext, { place, report }: Spot): IncomingEvent | null {
  const attributes = readAttributes(raw, context, report);
  if (payload !== null && payload.data.length > context.maxEventBytes) {
    report('data', 'payload_too_large', `has ${payload.data.length} bytes; at most ${context.maxEventBytes}`);
    return null;
  }
  return attributes === null || payload === null ? null : { place, attributes, ...payload };
}

/** CloudEvents 1.0.2, JSON format, 3.1: a media type whose subtype is `json` or ends in `+json`. */
export function isJson(contentType: string): boolean {
  const [type = ''] = contentType.split(';');
  return /^[^/]+\/(?:json|[^/]+\+json)$/.test(type.trim().toLowerCase());
}

/** The JSON value of these bytes, or a report of why there is none. Undefined is not a JSON value: it says that one was reported. */
export function parseJson(bytes: Buffer, report: Report, field = ''): unknown {
  if (!isUtf8(bytes)) return void report(field, 'invalid_utf8', 'must be UTF-8');
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch (error) {
    return void report(field, 'invalid_json', `is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export function checkNesting(json: Buffer, report: Report): boolean {
  if (nestingDepth(json, { start: 0, end: json.length }) <= deepestNesting) return true;
  report('data', 'too_deep', `has more than ${deepestNesting} levels of objects and arrays in one another`);
  return false;
}
