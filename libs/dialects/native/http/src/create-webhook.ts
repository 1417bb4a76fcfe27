import { createHash, randomBytes } from 'node:crypto';
import { Fault, idFromKey, type Actor, type WebhookRecord } from '@hookyard/event-schemas';
import { native, type Keyring } from '@hookyard/dialect-native';
import { requireWebhook, submit, type Change } from './change-webhook.ts';
import { definitionOf } from './definition-request.ts';
import { newKeyring, sealKeyring } from './keys.ts';
import type { NativePorts } from './native-ports.ts';
import type { CreateWebhook, PutWebhook } from './requests.ts';

export type Creation = { readonly project: string; readonly actor: Actor; readonly idempotencyKey?: string };

/** With an idempotency key the id follows from it: the same request again is answered as the first one was. */
export async function createWebhook(ports: NativePorts, request: CreateWebhook, { project, actor, idempotencyKey: key }: Creation): Promise<WebhookRecord> {
  if (key !== undefined) requireKey(key);
  const webhookId = key === undefined ? `wh_${randomBytes(16).toString('hex')}` : idFromKey('wh', project, key);
  const change = creation(ports, request);
  const hash = key === undefined ? {} : { requestHash: requestHash(key, request) };
  return requireWebhook(await submit(ports, { project, webhookId, actor }, { ...change, ...hash }), webhookId);
}

/** The command that creates what is asked for, its secrets sealed. */
export function creation({ box }: Pick<NativePorts, 'box'>, { secret, enabled, ...fields }: PutWebhook): Extract<Change, { type: 'CreateWebhook' }> {
  const keyring: Keyring = newKeyring(secret);
  const signatures = fields.signatures ?? [secret === undefined ? 'v1a' : 'v1'];
  return {
    type: 'CreateWebhook',
    dialect: native.name,
    definition: definitionOf({ ...fields, signatures }, { box, keyring }),
    secrets: [sealKeyring(keyring, box)],
    enabled: enabled ?? true,
  };
}

function requireKey(key: string): void {
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return;
  const reason = 'Give 1 to 255 visible ASCII characters, new for each webhook, such as a UUID.';
  throw new Fault('invalid_request', { problems: [{ field: 'Idempotency-Key', code: 'invalid_format', reason }] });
}

/** Mixed with the key, which is not stored, so that the hash gives no hold for guessing the secrets in the request. */
function requestHash(key: string, request: CreateWebhook): string {
  return createHash('sha256').update(`${key}\n`).update(JSON.stringify(sorted(request))).digest('hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, inner]) => [name, sorted(inner)]));
}
