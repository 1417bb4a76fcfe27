import { Fault } from '@hookyard/event-schemas';

export const mergePatchType = 'application/merge-patch+json';

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
  if (!isObject(patch)) throw new Fault('invalid_request', { problems: [{ field: '', code: 'invalid_type', reason: 'A patch is an object.' }] });
  return patch;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
