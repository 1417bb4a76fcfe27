/** The value with the keys of every object sorted: equal values have equal texts. */
export function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, canonical(value[key])]),
  );
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether lists and objects are nested no deeper than this; looks no further than it must. */
export function isNestedWithin(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((inner) => isNestedWithin(inner, depth - 1));
}

/** Equality of JSON values: no coercion, objects whatever the order of their keys, lists in order. */
export function jsonEqual(left: unknown, right: unknown): boolean {
  if (Array.isArray(left)) return Array.isArray(right) && left.length === right.length && left.every((inner, at) => jsonEqual(inner, right[at]));
  if (!isObject(left) || !isObject(right)) return left === right;
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => Object.hasOwn(right, key) && jsonEqual(left[key], right[key]));
}

/** Characters and levels of a value, or characters of a condition, that a reason may show. */
const shown = { chars: 200, depth: 3 };

export function cut(text: string): string {
  return text.length <= shown.chars ? text : `${text.slice(0, shown.chars)}…`;
}

/** The value when it is small; else the beginning of its text. */
export function bounded(value: unknown): unknown {
  if (typeof value === 'string') return cut(value);
  const isSmall = isNestedWithin(value, shown.depth) && textOf(value, shown.depth).length <= shown.chars;
  return isSmall ? value : show(value);
}

/** The JSON text of a value, cut; a large value is never serialised whole. */
export function show(value: unknown): string {
  return cut(textOf(value, shown.depth));
}

function textOf(value: unknown, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(cut(value));
  if (typeof value !== 'object' || value === null) return String(value);
  if (depth === 0) return '…';
  const parts: string[] = [];
  let length = 0;
  for (const [key, inner] of Object.entries(value)) {
    const text = textOf(inner, depth - 1);
    parts.push(Array.isArray(value) ? text : `${JSON.stringify(cut(key))}:${text}`);
    length += text.length;
    if (length > shown.chars) break;
  }
  return Array.isArray(value) ? `[${parts.join(',')}]` : `{${parts.join(',')}}`;
}
