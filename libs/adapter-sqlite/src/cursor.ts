import { createHash } from 'node:crypto';
import { Fault } from '@hookyard/event-schemas';
import type { Query } from '@hookyard/ports';
import type { SqlValue } from './driver.ts';

/** Where a page ended: the values of its last row in the order, sealed to the query that it is of. */
export function toCursor(query: Query, values: readonly SqlValue[]): string {
  return Buffer.from(JSON.stringify([queryMark(query), ...values])).toString('base64url');
}

/** Refused with `invalid_cursor` when it was made for another query. */
export function fromCursor(query: Query, cursor: string): readonly SqlValue[] {
  const [mark, ...values] = parse(cursor);
  const areValues = values.every((value) => value === null || typeof value === 'string' || typeof value === 'number');
  if (mark !== queryMark(query) || !areValues || values.length !== (query.sort?.length ?? 0) + 1) throw new Fault('invalid_cursor');
  return values;
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
