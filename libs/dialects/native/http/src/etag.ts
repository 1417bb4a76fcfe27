import { Fault } from '@hookyard/event-schemas';

/** Which revisions a client will change: those it has seen, or any that exists. */
export type IfMatch = 'any' | readonly number[];

/** A strong entity tag: the revision, quoted (RFC 9110, 8.8.3). */
export function etagOf(revision: number): string {
  return `"${revision}"`;
}

/** Reads `If-Match` (RFC 9110, 13.1.1); absent: no condition. A tag that is none of ours matches nothing. */
export function readIfMatch(header: string | undefined): IfMatch | undefined {
  if (header === undefined) return undefined;
  if (header.trim() === '*') return 'any';
  const tags = header.split(',').map((tag) => tag.trim());
  if (tags.some((tag) => !/^(?:W\/)?"[^"]*"$/.test(tag))) {
    const reason = 'Give entity tags as they were answered, e.g. "3", or *.';
    throw new Fault('invalid_request', { problems: [{ field: 'If-Match', code: 'invalid_format', reason }] });
  }
  return tags.flatMap((tag) => (/^"\d{1,15}"$/.test(tag) ? [Number(tag.slice(1, -1))] : []));
}

export function requireMatch(condition: IfMatch | undefined, revision: number): void {
  if (condition === undefined || condition === 'any' || condition.includes(revision)) return;
  throw new Fault('precondition_failed', { revision });
}
