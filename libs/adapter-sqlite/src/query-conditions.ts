import type { Condition, FieldType, Order } from '@hookyard/ports';
import { fieldColumn } from './collection-tables.ts';
import type { SqlValue } from './driver.ts';

/** A piece of SQL and the values of its parameters, in order. */
export type Sql = { readonly sql: string; readonly values: readonly SqlValue[] };

export function both(...parts: readonly Sql[]): Sql {
  return { sql: parts.map(({ sql }) => sql).join(' AND ') || 'TRUE', values: parts.flatMap(({ values }) => values) };
}

const never: Sql = { sql: 'FALSE', values: [] };
const operators = { eq: '=', gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;

/** A column holds values of its declared type or null, so a value of another type holds for none; null fails every comparison. */
export function conditionSql(condition: Condition, type: FieldType | undefined): Sql {
  const column = fieldColumn(condition.field);
  if (condition.op === 'has') {
    if (type !== 'strings') return never;
    return { sql: `EXISTS (SELECT 1 FROM json_each(${column}) WHERE value = ?)`, values: [condition.value] };
  }
  if (condition.op === 'in') {
    const values = condition.value.filter((value) => typeof value === type);
    return values.length === 0 ? never : { sql: `${column} IN (${values.map(() => '?').join(', ')})`, values };
  }
  if (typeof condition.value !== type) return never;
  return { sql: `${column} ${operators[condition.op]} ?`, values: [toSql(condition.value)] };
}

export function toSql(value: string | number | boolean): SqlValue {
  return typeof value === 'boolean' ? Number(value) : value;
}

/** A column of the order and the value at which a page ended. Null is the smallest. */
export type Key = { readonly column: string; readonly order: Order; readonly value: SqlValue };

/**
 * What comes after these values in the order, as conditions that exclude one another. Each begins with a bound on the first column,
 * so that an index on it is entered at the right place; `a OR b` alone would be read from the start.
 */
export function afterSql([first, ...rest]: readonly Key[]): readonly Sql[] {
  if (first === undefined) return [];
  const { column, order, value } = first;
  const deeper = laterSql(rest);
  if (value === null) {
    const amongNulls = { sql: `${column} IS NULL AND ${deeper.sql}`, values: deeper.values };
    return order === 'asc' ? [amongNulls, { sql: `${column} IS NOT NULL`, values: [] }] : [amongNulls];
  }
  const [beyond, from] = order === 'asc' ? ['>', '>='] : ['<', '<='];
  const bounded = { sql: `${column} ${from} ? AND (${column} ${beyond} ? OR ${deeper.sql})`, values: [value, value, ...deeper.values] };
  return order === 'asc' ? [bounded] : [bounded, { sql: `${column} IS NULL`, values: [] }];
}

function laterSql([first, ...rest]: readonly Key[]): Sql {
  if (first === undefined) return never;
  const { column, order, value } = first;
  const deeper = laterSql(rest);
  if (value === null) {
    const nulls = `(${column} IS NULL AND ${deeper.sql})`;
    return { sql: order === 'asc' ? `(${nulls} OR ${column} IS NOT NULL)` : nulls, values: deeper.values };
  }
  const beyond = order === 'asc' ? `${column} > ?` : `${column} < ? OR ${column} IS NULL`;
  return { sql: `(${beyond} OR (${column} = ? AND ${deeper.sql}))`, values: [value, value, ...deeper.values] };
}
