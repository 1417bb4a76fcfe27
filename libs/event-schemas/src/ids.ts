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

/** What a project's id looks like: a DNS label (RFC 1123, section 2.1), since it stands in addresses, keys and stream names. */
export const projectIdForm = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

// What a stream, a message key and a URL can all carry without escaping; ids that begin as the server's do are left to the server.
const chosenId = /^(?![Ww][Hh]_)[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const serverMadeId = /^wh_[0-9a-f]{32}$/;

/** Whether a client may create a webhook under this id: 1 to 64 letters, digits, `_` and `-`, no `_` or `-` first, not `wh_…`. */
export function isChosenWebhookId(publicId: string): boolean {
  return chosenId.test(publicId);
}

/** Whether the server makes ids of this form. Such a webhook may be of any project: look at its record. */
export function isServerMadeWebhookId(publicId: string): boolean {
  return serverMadeId.test(publicId);
}

/**
 * The name of a webhook in streams, keys, read models and commands, where `webhookId` means it: one space over all
 * projects. `publicId` is what clients of the project call it. An id that the server made is the name itself; any other
 * is the project's own. Project ids hold no colon, so no two projects share a name, whatever their clients ask for.
 */
export function webhookName(project: string, publicId: string): string {
  return isServerMadeWebhookId(publicId) ? publicId : `${project}:${publicId}`;
}

/** What the clients of a webhook's own project call it: the inverse of `webhookName`. */
export function publicWebhookId(project: string, name: string): string {
  const own = `${project}:`;
  return name.startsWith(own) ? name.slice(own.length) : name;
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
