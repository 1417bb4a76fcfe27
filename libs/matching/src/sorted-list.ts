/** Lists kept in the order of a key, by code unit, each key once. */

export function findSorted<T>(list: readonly T[], key: string, keyOf: (item: T) => string): T | undefined {
  const item = list[placeOf(list, key, keyOf)];
  return item !== undefined && keyOf(item) === key ? item : undefined;
}

/** Leaves the list as it is when the key is there already. */
export function insertSorted<T>(list: T[], item: T, keyOf: (item: T) => string): void {
  const place = placeOf(list, keyOf(item), keyOf);
  const next = list[place];
  if (next === undefined || keyOf(next) !== keyOf(item)) list.splice(place, 0, item);
}

export function removeSorted<T>(list: T[], key: string, keyOf: (item: T) => string): void {
  const place = placeOf(list, key, keyOf);
  const item = list[place];
  if (item !== undefined && keyOf(item) === key) list.splice(place, 1);
}

/** The first place whose key is not less. */
function placeOf<T>(list: readonly T[], key: string, keyOf: (item: T) => string): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keyOf(list[middle] as T) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
