import { Fault } from '@hookyard/event-schemas';
import type { CollectionSpec, Condition, FieldType } from '@hookyard/ports';
import type { Document as Bson } from 'mongodb';
import { fieldPath } from './document-layout.ts';

/** All conditions in one filter. Refused with `unknown_field`. */
export function filterOf(spec: Pick<CollectionSpec, 'name' | 'fields'>, where: readonly Condition[]): Bson {
  requireDeclared(spec, where.map(({ field }) => field));
  return allOf(where.map((condition) => conditionFilter(condition, spec.fields[condition.field])));
}

export function requireDeclared({ name, fields }: Pick<CollectionSpec, 'name' | 'fields'>, named: readonly string[]): void {
  const unknown = named.find((field) => !Object.hasOwn(fields, field));
  if (unknown !== undefined) throw new Fault('unknown_field', { collection: name, field: unknown });
}

/** Not `{e: null} or {e: > now}`: this is one condition, true of what has no expiry too, and the planner sees no choice in it. */
export function notExpired(now: number): Bson {
  return { e: { $not: { $lte: new Date(now) } } };
}

export function expired(now: number): Bson {
  return { e: { $lte: new Date(now) } };
}

/** Two conditions on one field must not overwrite each other as keys of one object. */
export function allOf(filters: readonly Bson[]): Bson {
  if (filters.length === 0) return {};
  const [only] = filters;
  return filters.length === 1 && only !== undefined ? only : { $and: filters };
}

const operators = { eq: '$eq', gt: '$gt', gte: '$gte', lt: '$lt', lte: '$lte' } as const;

// An id is always there, and never equal to anything that is no text.
const never: Bson = { _id: { $in: [] } };

/** A field is stored when it has a value of its declared type, so a value of another type holds for none; what is absent fails every comparison. */
function conditionFilter(condition: Condition, type: FieldType | undefined): Bson {
  const path = fieldPath(condition.field);
  if (condition.op === 'has') return type === 'strings' ? { [path]: { $eq: condition.value } } : never;
  if (condition.op === 'in') {
    const values = condition.value.filter((value) => typeof value === type);
    return values.length === 0 ? never : { [path]: { $in: values } };
  }
  return typeof condition.value === type ? { [path]: { [operators[condition.op]]: condition.value } } : never;
}
