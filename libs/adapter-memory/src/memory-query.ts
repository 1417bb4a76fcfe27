import { createHash } from 'node:crypto';
import { Fault } from '@hookyard/event-schemas';
import type { Condition, Document, Query, Stored } from '@hookyard/ports';

type Sort = NonNullable<Query['sort']>;
type Value = string | number | boolean | null;

/** Where a document stands in an order: the values it is sorted by, then its id. */
export type Place = readonly Value[];

/** What makes a query the same from page to page. */
type Question = { readonly where: readonly Condition[]; readonly sort: Sort };

export function holds(condition: Condition, document: Document): boolean {
  const found = document[condition.field];
  if (found === undefined || found === null) return false;
  switch (condition.op) {
    case 'in':
      return condition.value.includes(found as string | number);
    case 'has':
      return Array.isArray(found) && found.includes(condition.value);
    default:
      return typeof found === typeof condition.value && holdsFor(condition.op, compareValues(found as Value, condition.value));
  }
}

function holdsFor(op: 'eq' | 'gt' | 'gte' | 'lt' | 'lte', compared: number): boolean {
  switch (op) {
    case 'eq':
      return compared === 0;
    case 'gt':
      return compared > 0;
    case 'gte':
      return compared >= 0;
    case 'lt':
      return compared < 0;
    case 'lte':
      return compared <= 0;
  }
}

export function placeOf({ id, document }: Stored<Document>, sort: Sort): Place {
  return [...sort.map(([field]) => (document[field] ?? null) as Value), id];
}

export function comparison(sort: Sort): (a: Place, b: Place) => number {
  return (a, b) => {
    for (const [at, left] of a.entries()) {
      const compared = compareValues(left, b[at] ?? null);
      if (compared !== 0) return sort[at]?.[1] === 'desc' ? -compared : compared;
    }
    return 0;
  };
}

/** None comes first, as it does in SQLite and in MongoDB. */
function compareValues(a: Value, b: Value): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? -1 : 1;
  return a < b ? -1 : 1;
}

export function cursorOf(place: Place, question: Question): string {
  return Buffer.from(JSON.stringify([digest(question), place])).toString('base64url');
}

/** The place after which the next page begins. Refused with `invalid_cursor` when it was made for another question. */
export function placeIn(cursor: string, question: Question): Place {
  const [of, place] = parse(cursor);
  if (of !== digest(question) || !Array.isArray(place)) throw new Fault('invalid_cursor');
  return place as Place;
}

function parse(cursor: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(parsed) ? parsed : [];
  } catch (cause) {
    throw new Fault('invalid_cursor', {}, { cause });
  }
}

function digest({ where, sort }: Question): string {
  return createHash('sha256').update(JSON.stringify([where, sort])).digest('base64url');
}
