import { Fault } from '@hookyard/event-schemas';

export const mergePatchType = 'application/merge-patch+json';

// Deeper than any definition; whoever walks a patch recursively must not run out of stack.
const deepest = 64;

/** Reads the text of a patch. Throws `Fault('invalid_request')` when it is no JSON object, or nested beyond all measure. */
export function parsePatch(text: string): unknown {
  const patch = requireObject(readJson(text));
  let level: readonly unknown[] = [patch];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > deepest) throw refusal('too_deep', `Objects and lists are nested at most ${deepest} deep.`);
    const composed = level.filter((value): value is object => typeof value === 'object' && value !== null);
    // As Fastify refuses it in JSON: assigned somewhere, it would be no field but a prototype.
    if (composed.some((value) => Object.hasOwn(value, '__proto__'))) throw refusal('not_allowed', 'A field cannot be named __proto__.');
    level = composed.flatMap((value) => Object.values(value) as unknown[]);
  }
  return patch;
}

/** JSON merge patch, RFC 7396: objects are merged field by field, null removes, anything else replaces. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [name, change] of Object.entries(patch)) {
    if (change === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name), change));
  }
  return Object.fromEntries(merged);
}

/** A patch that is no object would replace the whole. */
export function requireObject<T>(patch: T): T {
  if (!isObject(patch)) throw refusal('invalid_type', 'A patch is an object.');
  return patch;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refusal('invalid_json', `This is not JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

function refusal(code: string, reason: string): Fault {
  return new Fault('invalid_request', { problems: [{ field: '', code, reason }] });
}
