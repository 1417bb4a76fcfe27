import { Fault } from '@hookyard/event-schemas';

/** Which revisions a client will change: those it has seen, or any that exists. */
export type IfMatch = 'any' | readonly number[];

/** A strong entity tag: the revision, quoted (RFC 9110, 8.8.3). */
export function etagOf(revision: number): string {
  return `"${revision}"`;
}

// Entity tags between commas; of a list, any place may be empty (RFC 9110, 5.6.1). A tag may hold commas itself.
const tag = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/.source;
const tagList = new RegExp(`^[ \\t,]*${tag}(?:[ \\t]*,(?:[ \\t]*${tag})?)*[ \\t]*$`);
const tags = new RegExp(tag, 'g');

/** Reads `If-Match` (RFC 9110, 13.1.1); absent: no condition. A tag that is none of ours matches nothing. */
export function readIfMatch(header: string | undefined): IfMatch | undefined {
  if (header === undefined) return undefined;
  if (header.trim() === '*') return 'any';
  if (!tagList.test(header)) throw badHeader('If-Match', 'Give entity tags as they were answered, e.g. "3", or *.');
  return [...header.matchAll(tags)].flatMap(([text]) => (/^"(?:0|[1-9]\d{0,14})"$/.test(text) ? [Number(text.slice(1, -1))] : []));
}

/** Reads `If-None-Match` of a change, where only `*` means something: there is to be no such thing yet (RFC 9110, 13.1.2). */
export function readIfNoneMatch(header: string | undefined): boolean {
  if (header === undefined) return false;
  if (header.trim() !== '*') throw badHeader('If-None-Match', 'Give *: to create, and never to replace.');
  return true;
}

export function requireMatch(condition: IfMatch | undefined, revision: number): void {
  if (condition === undefined || condition === 'any' || condition.includes(revision)) return;
  throw new Fault('precondition_failed', { revision });
}

function badHeader(field: string, reason: string): Fault {
  return new Fault('invalid_request', { problems: [{ field, code: 'invalid_format', reason }] });
}
