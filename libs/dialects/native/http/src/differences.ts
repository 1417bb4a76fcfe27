import { isDeepStrictEqual } from 'node:util';

/** One field that changed. `from` is absent when it was added, `to` when it was removed. */
export type Difference = {
  /** Dotted path. */
  readonly field: string;
  readonly from?: unknown;
  readonly to?: unknown;
};

/** What differs between two plain objects, field by field, by name. Lists are compared and shown whole. */
export function differences(before: unknown, after: unknown, field = ''): readonly Difference[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (isObject(before) && isObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return names.flatMap((name) => differences(before[name], after[name], field === '' ? name : `${field}.${name}`));
  }
  return [{ field, ...(before === undefined ? {} : { from: before }), ...(after === undefined ? {} : { to: after }) }];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
