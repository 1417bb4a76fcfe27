import { checkNesting, incomingEvent, isJson, noPayload, parseJson, spot } from './incoming-event.ts';
import type { EventContext, IncomingEvent, Payload, Spot } from './incoming-event.ts';
import { arrayElements, objectMembers } from './json-slices.ts';
import type { Slice } from './json-slices.ts';
import type { Report } from './problems.ts';

/** One event as a JSON object. https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md */
export function readStructured(body: Buffer, context: EventContext, report: Report): IncomingEvent | null {
  const value = parseJson(body, report);
  return value === undefined ? null : readEvent(body, value, context, spot('', report));
}

/** A list of events as a JSON array; nothing else may be in it. Null when any event had a problem. */
export function readBatch(body: Buffer, context: EventContext & { readonly maxEvents: number }, report: Report): readonly IncomingEvent[] | null {
  const values = parseJson(body, report);
  if (values === undefined) return null;
  if (!Array.isArray(values)) return notHere(report, 'not_a_list', 'a batch is a JSON array of events');
  if (values.length > context.maxEvents) return notHere(report, 'too_many_events', `has ${values.length} events; at most ${context.maxEvents}`);
  const slices = arrayElements(body);
  const events = values.map((value: unknown, n) => readEvent(sliceOf(body, slices[n]), value, context, spot(`events[${n}]`, report)));
  return events.every((event) => event !== null) ? events : null;
}

/** `json` is the event's own text, `value` the same parsed. */
function readEvent(json: Buffer, value: unknown, context: EventContext, at: Spot): IncomingEvent | null {
  const { report } = at;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return notHere(report, 'not_an_object', 'an event is a JSON object');
  const members = membersOnce(json, report);
  if (members === null) return null;
  const { data, data_base64: base64, ...attributes } = value as Record<string, unknown>;
  const type = attributes['datacontenttype'];
  if (data !== undefined && isJsonType(type)) {
    const bytes = sliceOf(json, members.get('data'));
    const payload = checkNesting(bytes, report) ? { data: bytes, value: data } : null;
    // JSON format, 3.1.1: without a content type, `data` is JSON; in binary mode that has to be said.
    return incomingEvent({ datacontenttype: 'application/json', ...withoutNull(attributes) }, refuseBoth(base64, payload, report), context, at);
  }
  const payload = data === undefined ? readBase64(base64, type, report) : refuseBoth(base64, readText(data, report), report);
  return incomingEvent(attributes, payload, context, at);
}

/** Member names with where their values stand; null, and a report, when a name is written twice: then nobody knows what is meant. */
function membersOnce(json: Buffer, report: Report): ReadonlyMap<string, Slice> | null {
  const members = objectMembers(json);
  const byName = new Map(members.map(({ name, value }) => [name, value]));
  if (byName.size === members.length) return byName;
  const names = members.map(({ name }) => name);
  for (const name of byName.keys()) if (names.indexOf(name) !== names.lastIndexOf(name)) report(name, 'duplicate_member', 'is written more than once');
  return null;
}

/** JSON format, 3.1.1: with a content type other than JSON, the payload is the text of a JSON string. */
function readText(data: unknown, report: Report): Payload | null {
  if (typeof data === 'string') return { data: Buffer.from(data, 'utf8'), value: undefined };
  return notHere(report, 'not_text', 'must be a string when datacontenttype is not JSON', 'data');
}

function readBase64(base64: unknown, type: unknown, report: Report): Payload | null {
  if (base64 === undefined || base64 === null) return noPayload;
  if (typeof base64 !== 'string' || !isBase64(base64)) return notHere(report, 'invalid_base64', 'must be Base64 text (RFC 4648, section 4)', 'data_base64');
  const data = Buffer.from(base64, 'base64');
  if (typeof type !== 'string' || !isJson(type)) return { data, value: undefined };
  const value = parseJson(data, report, 'data_base64');
  return value === undefined || !checkNesting(data, report) ? null : { data, value };
}

function refuseBoth(base64: unknown, payload: Payload | null, report: Report): Payload | null {
  return base64 === undefined || base64 === null ? payload : notHere(report, 'two_payloads', 'give either data or data_base64', 'data_base64');
}

function isJsonType(type: unknown): boolean {
  return type === undefined || type === null || (typeof type === 'string' && isJson(type));
}

function withoutNull(attributes: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== null));
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

function sliceOf(json: Buffer, slice: Slice | undefined): Buffer {
  return slice === undefined ? json.subarray(0, 0) : json.subarray(slice.start, slice.end);
}

function notHere(report: Report, code: string, reason: string, field = ''): null {
  report(field, code, reason);
  return null;
}
