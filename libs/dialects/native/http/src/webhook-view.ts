import { Fault, publicWebhookId, type Actor, type WebhookRecord } from '@hookyard/event-schemas';
import { native, type NativeDefinition } from '@hookyard/dialect-native';
import type { SecretBox } from '@hookyard/signing';
import { headerView } from './definition-request.ts';
import { keyViews } from './keys.ts';
import type { Webhook } from './responses.ts';

/** Webhooks of other dialects do not exist for this API, and neither do those of other projects. */
export function requireNative(record: WebhookRecord | undefined, project: string, webhookId: string): WebhookRecord {
  if (record === undefined || record.project !== project || record.dialect !== native.name) throw new Fault('webhook_not_found', { webhookId });
  return record;
}

export function definitionIn(record: WebhookRecord): NativeDefinition {
  return native.parse(record.definition);
}

/** A webhook as answers show it: never a secret, never the value of a protected header. */
export function webhookView(record: WebhookRecord, { box, now }: { readonly box: SecretBox; readonly now: number }): Webhook {
  const { name, url, headers, ...definition } = definitionIn(record);
  const [publicKey, expiringKeys] = split(keyViews(record, definition.signatures, box, now));
  return {
    id: publicWebhookId(record.project, record.id),
    project: record.project,
    name,
    url,
    ...definition,
    headers: headers.map(headerView),
    ...publicKey,
    expiringKeys,
    enabled: record.status === 'enabled',
    ...(record.disabledReason === undefined ? {} : { disabledReason: record.disabledReason }),
    revision: record.revision,
    createdAt: timeText(record.createdAt),
    updatedAt: timeText(record.updatedAt),
  };
}

/** RFC 3339, as all times in answers. */
export function timeText(time: number): string {
  return new Date(time).toISOString();
}

export function actorView({ kind, id }: Actor): Actor {
  return { kind, id };
}

function split(keys: ReturnType<typeof keyViews>): readonly [{ readonly publicKey?: string }, Webhook['expiringKeys']] {
  const publicKey = keys.find((key) => key.expiresAt === undefined && key.publicKey !== undefined)?.publicKey;
  const expiring = keys.flatMap(({ kind, expiresAt, ...rest }) => (expiresAt === undefined ? [] : [{ kind, ...rest, expiresAt: timeText(expiresAt) }]));
  return [publicKey === undefined ? {} : { publicKey }, expiring];
}
