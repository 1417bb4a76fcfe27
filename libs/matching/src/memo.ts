/** Remembers what `compute` made of the last `limit` distinct texts, so that identical patterns are compiled once. */
export function memo<T>(limit: number, compute: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const hit = known.get(text);
    if (hit !== undefined) return hit;
    const made = compute(text);
    if (known.size >= limit) forgetOldest(known);
    known.set(text, made);
    return made;
  };
}

function forgetOldest(known: Map<string, unknown>): void {
  for (const oldest of known.keys()) {
    known.delete(oldest);
    return;
  }
}
