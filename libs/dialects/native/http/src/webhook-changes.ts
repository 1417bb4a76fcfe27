import { Fault, isChosenWebhookId, isFault, isServerMadeWebhookId, type SealedSecret, type WebhookRecord } from '@hookyard/event-schemas';
import { native } from '@hookyard/dialect-native';
import { definitionIn, requireNative } from './webhook-view.ts';
import { creation } from './create-webhook.ts';
import { requireWebhook, revise, storedWebhook, submit, type Change, type Target } from './change-webhook.ts';
import { definitionOf, requestOf, type DefinitionRequest } from './definition-request.ts';
import { requireMatch } from './etag.ts';
import { currentKeyring, newKeyring, sealKeyring } from './keys.ts';
import { mergePatch, requireObject } from './merge-patch.ts';
import type { NativePorts } from './native-ports.ts';
import type { PatchWebhook, PutWebhook, RotateSecret } from './requests.ts';

const dayMs = 86_400_000;

export async function patchWebhook(ports: NativePorts, target: Target, request: PatchWebhook): Promise<WebhookRecord> {
  const { enabled, ...patch } = requireObject(request);
  const { box } = ports;
  const reply = await revise(ports, target, (record) => {
    const known = definitionIn(record);
    const merged = mergePatch(requestOf(known), plain(patch)) as DefinitionRequest;
    const definition = definitionOf(merged, { box, keyring: currentKeyring(record, box), known });
    return [{ type: 'ChangeWebhook', definition }, ...switched(record, enabled)];
  });
  return requireWebhook(reply, target.webhookId);
}

export type Put = { readonly record: WebhookRecord; readonly created: boolean };

/**
 * Creates the webhook under this id, or makes the existing one what the request says; its keys stay unless another secret
 * is given. Under an id that the server made, it only replaces.
 */
export async function putWebhook(ports: NativePorts, target: Target, request: PutWebhook): Promise<Put> {
  requireWebhookId(target.webhookId);
  for (let round = 1; ; round += 1) {
    try {
      return await putOnce(ports, target, request);
    } catch (error) {
      // Somebody else created it in the same instant: then there is one to replace.
      if (!isFault(error, 'precondition_failed') || target.ifMatch !== undefined || round === 2) throw error;
    }
  }
}

async function putOnce(ports: NativePorts, target: Target, request: PutWebhook): Promise<Put> {
  const existing = await storedWebhook(ports, target);
  if (isServerMadeWebhookId(target.webhookId)) requireNative(existing, target.project, target.webhookId);
  if (existing === undefined) {
    if (target.ifMatch !== undefined) throw new Fault('precondition_failed', {}, { message: 'There is no webhook of this id yet.' });
    const reply = await submit(ports, target, creation(ports, request));
    return { record: requireWebhook(reply, target.webhookId), created: true };
  }
  requireOwnDialect(existing, target);
  if (target.ifAbsent === true) throw new Fault('precondition_failed', { revision: existing.revision }, { message: 'There is a webhook of this id already.' });
  const reply = await revise(ports, target, (record) => replacement(ports, record, request));
  return { record: requireWebhook(reply, target.webhookId), created: false };
}

function replacement({ box }: NativePorts, record: WebhookRecord, { secret, enabled, ...fields }: PutWebhook): readonly Change[] {
  const known = definitionIn(record);
  const current = currentKeyring(record, box);
  const keyring = secret === undefined ? current : { ...current, secret };
  const signatures = fields.signatures ?? (secret === undefined ? known.signatures : ['v1']);
  const definition = definitionOf({ ...fields, signatures }, { box, keyring, known });
  const rotation: readonly Change[] = keyring.secret === current.secret ? [] : [{ type: 'RotateSecret', secret: sealKeyring(keyring, box), graceMs: dayMs }];
  // The key comes before the definition that asks for it.
  return [...rotation, { type: 'ChangeWebhook', definition }, ...switched(record, enabled)];
}

export async function rotateSecret(ports: NativePorts, target: Target, { secret, graceMs }: RotateSecret): Promise<WebhookRecord> {
  const reply = await revise(ports, target, (record) => [{ type: 'RotateSecret', secret: rotated(ports, record, secret), graceMs }]);
  return requireWebhook(reply, target.webhookId);
}

/** A given secret replaces the HMAC secret, none given replaces the key pair; the other key lives on. */
function rotated({ box }: NativePorts, record: WebhookRecord, secret: string | undefined): string {
  const current = currentKeyring(record, box);
  const [inForce] = record.secrets as readonly [SealedSecret?];
  if (secret !== undefined) return sealKeyring({ ...current, secret }, box, inForce);
  if (definitionIn(record).signatures.includes('v1a')) return sealKeyring({ ...current, ...newKeyring() }, box);
  const reason = 'The webhook signs with v1 alone: give its new secret.';
  throw new Fault('invalid_request', { problems: [{ field: 'secret', code: 'required', reason }] });
}

export async function switchWebhook(ports: NativePorts, target: Target, enabled: boolean): Promise<WebhookRecord> {
  return requireWebhook(await revise(ports, target, (record) => switched(record, enabled)), target.webhookId);
}

/** A webhook that was deleted before is deleted still: repeating is no error. One that never was is. */
export async function deleteWebhook(ports: NativePorts, target: Target): Promise<void> {
  const existing = await storedWebhook(ports, target);
  if (existing === undefined) return void (await submit(ports, target, { type: 'DeleteWebhook' }));
  const record = requireNative(existing, target.project, target.webhookId);
  requireMatch(target.ifMatch, record.revision);
  await submit(ports, target, { type: 'DeleteWebhook', ...(target.ifMatch === undefined ? {} : { expectedRevision: record.revision }) });
}

function switched(record: WebhookRecord, enabled: boolean | undefined): readonly Change[] {
  if (enabled === undefined || enabled === (record.status === 'enabled')) return [];
  return [enabled ? { type: 'EnableWebhook' } : { type: 'DisableWebhook', reason: 'owner' }];
}

function requireWebhookId(webhookId: string): void {
  if (isChosenWebhookId(webhookId) || isServerMadeWebhookId(webhookId)) return;
  const reason = 'An id has 1 to 64 letters, digits, _ and -, and begins with a letter or digit, but not with wh_.';
  throw new Fault('invalid_request', { problems: [{ field: 'webhook', code: 'invalid_format', reason }] });
}

/** The ids of a project are one space over all dialects. */
function requireOwnDialect({ dialect }: WebhookRecord, { webhookId }: Target): void {
  if (dialect !== native.name) throw new Fault('version_conflict', { webhookId }, { message: 'This id is taken. Choose another one.' });
}

/** Request classes carry fields that were not given as undefined; JSON does not. */
function plain(request: object): unknown {
  return JSON.parse(JSON.stringify(request));
}
