import { createHash } from 'node:crypto';
import { Fault } from '@hookyard/event-schemas';
import type { Query } from '@hookyard/ports';

export type CursorValue = string | number | boolean | null;

/** Where a page ended: the values of its last document in the order, sealed to the query that it is of. */
export function toCursor(query: Query, values: readonly CursorValue[]): string {
  return Buffer.from(JSON.stringify([queryMark(query), ...values])).toString('base64url');
}

/** Refused with `invalid_cursor` when it was made for another query. */
export function fromCursor(query: Query, cursor: string): readonly CursorValue[] {
  const [mark, ...values] = parse(cursor);
  if (mark !== queryMark(query) || values.length !== (query.sort?.length ?? 0) + 1 || !values.every(isValue)) throw new Fault('invalid_cursor');
  return values;
}

function isValue(value: unknown): value is CursorValue {
  return value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function parse(cursor: string): readonly unknown[] {
  try {
    const parsed = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown;
    return Array.isArray(parsed) ? (parsed as readonly unknown[]) : [];
  } catch {
    return [];
  }
}

function queryMark({ where = [], sort = [] }: Query): string {
  return createHash('sha256').update(JSON.stringify([where.map(({ field, op, value }) => [field, op, value]), sort])).digest('base64url').slice(0, 12);
}
