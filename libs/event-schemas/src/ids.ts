import { createHash } from 'node:crypto';

/** Prefixed, opaque ids. The pure ones are functions of what they name, so that a repeat yields the same id. */

/** The event that `(source, id)` names within a project. */
export function eventId(project: string, source: string, id: string): string {
  return `evt_${digest(project, source, id)}`;
}

/** The delivery of an event to a webhook: the same pair is the same delivery, however often it is matched. */
export function deliveryId(event: string, webhook: string): string {
  return `dlv_${digest(event, webhook)}`;
}

/** An id from a client's idempotency key: the same key in the same project is the same thing. */
export function idFromKey(prefix: 'wh' | 'tok', project: string, key: string): string {
  return `${prefix}_${digest(project, key)}`;
}

/** A UUID (version 8, RFC 9562) from names: the ids of the events that one command leads to. */
export function uuidFrom(...names: readonly string[]): string {
  const hash = hashOf(names).subarray(0, 16);
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  return hash.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

// 128 bits: a collision among 2^50 ids has a chance of about 2^-29 (birthday bound).
function digest(...names: readonly string[]): string {
  return hashOf(names).toString('hex', 0, 16);
}

function hashOf(names: readonly string[]): Buffer {
  const hash = createHash('sha256');
  for (const name of names) hash.update(`${Buffer.byteLength(name)}:`).update(name);
  return hash.digest();
}
