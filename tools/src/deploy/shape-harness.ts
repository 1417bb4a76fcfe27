/**
 * What a file may contain: a description of it that knows the fields in use here, by the rules of whoever reads the file. A mistyped
 * or misplaced field is a misfit, which YAML alone would let pass. Real: the files. Doubled: the reader's own schema, in part.
 */
export type Shape =
  | 'text'
  | 'number'
  | 'boolean'
  | 'null'
  | RegExp
  | { readonly list: Shape }
  | { readonly map: Shape }
  | { readonly oneOf: readonly Shape[] }
  | { readonly fields: Readonly<Record<string, Shape>>; readonly needs?: readonly string[] };

/** Where a value does not fit, as sentences; none: it fits. */
export function misfits(value: unknown, shape: Shape, path = ''): readonly string[] {
  if (typeof shape === 'string') return kindOf(value) === shape ? [] : [`${path}: is ${kindOf(value)}, not ${shape}`];
  if (shape instanceof RegExp) return typeof value === 'string' && shape.test(value) ? [] : [`${path}: ${JSON.stringify(value)} is not like ${shape.source}`];
  if ('oneOf' in shape) {
    const tried = shape.oneOf.map((each) => misfits(value, each, path));
    return tried.some((found) => found.length === 0) ? [] : (tried.toSorted((one, other) => one.length - other.length)[0] ?? []);
  }
  if ('list' in shape) {
    if (!Array.isArray(value)) return [`${path}: is ${kindOf(value)}, not a list`];
    return value.flatMap((each, place) => misfits(each, shape.list, `${path}[${place}]`));
  }
  return misfitsOfFields(value, shape, path);
}

function misfitsOfFields(value: unknown, shape: Extract<Shape, { map: Shape } | { fields: unknown }>, path: string): readonly string[] {
  if (kindOf(value) !== 'fields') return [`${path}: is ${kindOf(value)}, not fields`];
  const entries = Object.entries(value as Readonly<Record<string, unknown>>);
  if ('map' in shape) return entries.flatMap(([name, each]) => misfits(each, shape.map, `${path}.${name}`));
  const missing = (shape.needs ?? []).filter((name) => !entries.some(([given]) => given === name)).map((name) => `${path}.${name}: is missing`);
  const wrong = entries.flatMap(([name, each]) => {
    const known = shape.fields[name];
    return known === undefined ? [`${path}.${name}: there is no such field`] : misfits(each, known, `${path}.${name}`);
  });
  return [...missing, ...wrong];
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  return { string: 'text', number: 'number', boolean: 'boolean', object: 'fields' }[typeof value as string] ?? typeof value;
}
