/** A bounded memory: keeps the entries used last. */
export type Lru<Value> = { readonly get: (key: string, make: () => Value) => Value };

/** `make` runs for what is not remembered; when it throws, nothing is. */
export function lru<Value>(capacity: number): Lru<Value> {
  // A Map iterates in order of insertion: putting an entry back makes it the youngest.
  const entries = new Map<string, Value>();
  return {
    get(key, make) {
      const known = entries.has(key);
      const value = known ? (entries.get(key) as Value) : make();
      if (known) entries.delete(key);
      entries.set(key, value);
      if (entries.size > capacity) {
        const [oldest] = entries.keys();
        if (oldest !== undefined) entries.delete(oldest);
      }
      return value;
    },
  };
}
