import type { IncomingHttpHeaders } from 'node:http';
import { checkNesting, incomingEvent, isJson, noPayload, parseJson, spot } from '@hookyard/cloudevents';
import type { EventContext, IncomingEvent, Payload, Report } from '@hookyard/cloudevents';

const prefix = 'ce-';

export function hasEventHeaders(headers: IncomingHttpHeaders): boolean {
  return Object.keys(headers).some((name) => name.startsWith(prefix));
}

/** Attributes as `ce-` headers, the body as payload. https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md */
export function readBinary(headers: IncomingHttpHeaders, body: Buffer, context: EventContext, report: Report): IncomingEvent | null {
  const attributes: Record<string, unknown> = {};
  for (const [header, value] of Object.entries(headers)) {
    if (!header.startsWith(prefix) || value === undefined) continue;
    const name = header.slice(prefix.length);
    if (name === 'datacontenttype') report(name, 'misplaced', 'is the Content-Type header in binary mode');
    else attributes[name] = decodeHeader(name, String(value), report);
  }
  const type = headers['content-type'];
  if (type !== undefined) attributes['datacontenttype'] = type;
  return incomingEvent(attributes, readBody(body, type, report), context, spot('', report));
}

function readBody(body: Buffer, type: string | undefined, report: Report): Payload | null {
  if (type === undefined || !isJson(type)) return body.length === 0 ? noPayload : { data: body, value: undefined };
  // What calls itself JSON must be: it is put into JSON as it stands later on.
  const value = parseJson(body, report, 'data');
  return value === undefined || !checkNesting(body, report) ? null : { data: body, value };
}

/** HTTP binding, 3.1.3.2: what is not printable ASCII is percent-encoded UTF-8; a value in double quotes is unquoted first. */
function decodeHeader(name: string, value: string, report: Report): string {
  const unquoted = /^".*"$/.test(value) ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value;
  try {
    return decodeURIComponent(unquoted);
  } catch {
    report(name, 'invalid_encoding', 'must be percent-encoded UTF-8');
    return unquoted;
  }
}
