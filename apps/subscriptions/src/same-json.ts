import { isDeepStrictEqual } from 'node:util';

/** Whether two values are the same JSON: a field that is undefined is as good as absent, the order of fields does not matter. */
export function sameJson(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(plain(one), plain(other));
}

function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
