import type { EventAttributes } from '@hookyard/event-schemas';
import type { MatchableEvent } from './types.ts';

/** An event for matching: the payload is parsed when a condition first asks for it, and only then. */
export function matchableEvent(attributes: EventAttributes, payload: Buffer): MatchableEvent {
  let parsed: { readonly value: unknown } | undefined;
  return {
    attributes,
    data: () => (parsed ??= { value: isJson(attributes.datacontenttype) ? parse(payload) : undefined }).value,
  };
}

/** Absent means JSON (CloudEvents 1.0, 3.1); `application/json`, `text/json` and every `+json` type say so themselves. */
function isJson(contentType: string | undefined): boolean {
  return contentType === undefined || contentType === 'application/json' || /^[^;]*[/+]json\s*(?:;|$)/i.test(contentType);
}

function parse(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
