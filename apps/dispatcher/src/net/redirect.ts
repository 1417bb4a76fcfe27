import type { RenderedRequest } from '@hookyard/dialect';
import type { Outcome } from '@hookyard/event-schemas';

// RFC 9110, 15.4: these two ask for the same request again; the others are answered by browsers with a GET, which delivers nothing.
const repeatable = [307, 308];

/**
 * The request that a redirect asks for, or null when the outcome is to stand. Only redirects that keep method and body are
 * followed. What is secret stays behind when the origin changes.
 */
export function redirected(request: RenderedRequest, from: URL, outcome: Outcome): RenderedRequest | null {
  if (outcome.kind !== 'responded' || !repeatable.includes(outcome.status)) return null;
  const { location = '' } = outcome.headers;
  if (!URL.canParse(location, from.href)) return null;
  const target = new URL(location, from);
  const headers = target.origin === from.origin ? request.headers : request.headers.filter(({ redact }) => redact !== true);
  return { ...request, url: target.href, headers };
}
