import type { FieldProblem } from '@hookyard/event-schemas';

/** What a schema may cost. A payload is checked against it on the event's way in, where nothing may take long. */
export const schemaLimits = { bytes: 65_536, depth: 64, expanded: 10_000, uniqueItems: 1_000 } as const;

/** Keywords that could make one small schema mean unbounded work, or that reach beyond the schema itself. */
const refused: Readonly<Record<string, string>> = {
  $dynamicRef: 'dynamic references are not supported',
  $recursiveRef: 'is of an older draft',
  $async: 'is no keyword of JSON Schema',
};

type Json = unknown;

/**
 * What is too costly in a schema. References stay within the schema, and none leads back to where it came from: a recursive
 * schema can take exponential time. With references followed, the whole has at most `expanded` places.
 */
export function boundProblems(schema: Record<string, Json>): readonly FieldProblem[] {
  const bytes = Buffer.byteLength(JSON.stringify(schema));
  if (bytes > schemaLimits.bytes) return [problem('', 'too_large', `has ${bytes} bytes; at most ${schemaLimits.bytes}`)];
  const problems: FieldProblem[] = [];
  walk(schema, '', 1, problems);
  if (problems.length > 0) return problems;
  const expanded = expansion(schema);
  if (typeof expanded === 'string') problems.push(problem('', 'recursive', `the reference ${expanded} leads back to itself; a schema must be finite`));
  else if (expanded > schemaLimits.expanded) problems.push(problem('', 'too_complex', `has more than ${schemaLimits.expanded} places with its references followed`));
  return problems;
}

// Walks everything as if it were schema, also what is data (`const`, `enum`): a property may bear any of those names.
function walk(node: Json, path: string, depth: number, problems: FieldProblem[]): void {
  if (typeof node !== 'object' || node === null) return;
  if (depth > schemaLimits.depth) {
    problems.push(problem(path, 'too_deep', `has more than ${schemaLimits.depth} levels`));
    return;
  }
  for (const [name, value] of Object.entries(node)) {
    const place = Array.isArray(node) ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`;
    const breach = breachOf(name, value, { node: node as Record<string, Json>, isRoot: path === '' });
    if (breach !== null) problems.push(problem(place, ...breach));
    walk(value, place, depth + 1, problems);
  }
}

/** Code and reason when a keyword may not be here with this value. */
function breachOf(name: string, value: Json, { node, isRoot }: { readonly node: Record<string, Json>; readonly isRoot: boolean }): readonly [string, string] | null {
  if (name === 'uniqueItems' && value === true) return uniqueItemsBreach(node['maxItems']);
  if (typeof value !== 'string' && typeof value !== 'boolean') return null;
  if (name in refused) return ['unsupported', refused[name] ?? ''];
  if (name === '$id' && !isRoot) return ['unsupported', 'only the whole schema may have an $id'];
  if (name === '$ref' && !/^#(\/|$)/.test(String(value))) return ['unsupported', 'references are JSON pointers within this schema: #/…'];
  return null;
}

/** Comparing every two items takes time that grows with the square of their number. */
function uniqueItemsBreach(most: Json): readonly [string, string] | null {
  if (typeof most === 'number' && most <= schemaLimits.uniqueItems) return null;
  return ['unbounded', `needs maxItems of at most ${schemaLimits.uniqueItems} beside it`];
}

/** How many places the schema has with every reference followed, or the pointer of one that leads back to itself. */
function expansion(root: Record<string, Json>): number | string {
  const sizes = new Map<string, number>();
  const open = new Set<string>();
  let cycle: string | undefined;

  function sizeOf(node: Json): number {
    if (cycle !== undefined || typeof node !== 'object' || node === null) return 1;
    let size = 1;
    for (const [name, value] of Object.entries(node)) {
      size += name === '$ref' && typeof value === 'string' ? sizeBehind(value) : sizeOf(value);
    }
    return size;
  }

  function sizeBehind(pointer: string): number {
    const known = sizes.get(pointer);
    if (known !== undefined) return known;
    if (open.has(pointer)) {
      cycle = pointer;
      return 1;
    }
    open.add(pointer);
    const size = sizeOf(resolve(root, pointer));
    open.delete(pointer);
    sizes.set(pointer, size);
    return size;
  }

  // The root is a reference's target like any other: what leads back to it is recursive too.
  const size = sizeBehind('#');
  return cycle ?? size;
}

/** RFC 6901 as a URI fragment. What is not there is left to the compiler to refuse. */
function resolve(root: Json, pointer: string): Json {
  let node = root;
  for (const part of pointer.split('/').slice(1)) {
    const name = safeDecode(part).replaceAll('~1', '/').replaceAll('~0', '~');
    node = typeof node === 'object' && node !== null ? (node as Record<string, Json>)[name] : undefined;
  }
  return node;
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function problem(field: string, code: string, reason: string): FieldProblem {
  return { field: field === '' ? 'schema' : `schema.${field}`, code, reason };
}
