import { evolveWebhook, Fault, webhooksCollection, webhookStream, type WebhookCommand, type WebhookDocument, type WebhookFact, type WebhookRecord, type WebhookReply, type WebhookState } from '@hookyard/event-schemas';
import { native } from '@hookyard/dialect-native';
import type { EventStore, ReadModels } from '@hookyard/ports';
import type { CommandClient } from '@hookyard/runtime';

/** Where replies of the double say that changes stand. */
export const doublePartition = 3;

type Live = Extract<WebhookState, { status: 'live' }>;

/** Stands in for the subscriptions service in miniature: revisions, idempotency keys, and what it answers can be read. */
export function writeSide(store: EventStore, models: ReadModels): CommandClient & { readonly seen: WebhookCommand[] } {
  const seen: WebhookCommand[] = [];
  let offset = 0;
  return {
    seen,
    async request<Reply>(_kind: string, _key: string, payload: unknown): Promise<Reply> {
      const command = throughJson(payload) as WebhookCommand;
      seen.push(command);
      const stream = webhookStream(command.webhookId);
      const facts = (await store.read(stream)) as unknown as readonly WebhookFact[];
      const [first, before] = [facts.slice(0, 1), facts].map((some) => some.reduce(evolveWebhook, absent)) as [WebhookState, WebhookState];
      const fact = decide(command, before);
      const after = fact === null ? before : evolveWebhook(before, fact);
      if (fact !== null) {
        await store.append(stream, [{ id: command.commandId, ...fact }], facts.length === 0 ? 'no_stream' : facts.length - 1);
        offset += 1;
        await show(models, command.webhookId, after);
      }
      const answered = fact === null && command.type === 'CreateWebhook' ? first : after;
      const webhook = answered.status === 'live' ? answered.record : null;
      return throughJson({ webhook, position: { topic: 'webhooks', partition: doublePartition, offset } } satisfies WebhookReply) as Reply;
    },
    send: async () => undefined,
    close: async () => undefined,
  };
}

const absent: WebhookState = { status: 'absent' };

function decide(command: WebhookCommand, state: WebhookState): WebhookFact | null {
  if (command.type === 'CreateWebhook' && state.status === 'absent') return created(command);
  if (command.type === 'DeleteWebhook' && state.status === 'deleted') return null;
  const { record, requestHash } = requireLive(state, command.project);
  if (command.type !== 'CreateWebhook') return changed(command, record);
  if (command.requestHash !== undefined && command.requestHash === requestHash) return null;
  throw new Fault(command.requestHash === undefined ? 'precondition_failed' : 'idempotency_key_reused');
}

function created(command: Extract<WebhookCommand, { type: 'CreateWebhook' }>): WebhookFact {
  const { webhookId, project, dialect, definition, enabled, requestHash, secrets } = command;
  const hash = requestHash === undefined ? {} : { requestHash };
  return { type: 'WebhookCreated', metadata: metaOf(command), data: { webhookId, project, dialect, definition, enabled, secrets: secrets.map((sealed) => ({ sealed })), ...hash } };
}

function requireLive(state: WebhookState, project: string): Live {
  if (state.status === 'deleted') throw new Fault('webhook_deleted');
  if (state.status === 'absent' || state.record.project !== project) throw new Fault('webhook_not_found');
  return state;
}

function changed(command: Exclude<WebhookCommand, { type: 'CreateWebhook' }>, record: WebhookRecord): WebhookFact | null {
  if (command.expectedRevision !== undefined && command.expectedRevision !== record.revision) throw new Fault('precondition_failed');
  const { webhookId } = command;
  const metadata = metaOf(command);
  switch (command.type) {
    case 'ChangeWebhook':
      if (JSON.stringify(command.definition) === JSON.stringify(record.definition)) return null;
      return { type: 'WebhookChanged', metadata, data: { webhookId, definition: command.definition } };
    case 'EnableWebhook':
      return { type: 'WebhookEnabled', metadata, data: { webhookId } };
    case 'DisableWebhook':
      return { type: 'WebhookDisabled', metadata, data: { webhookId, reason: command.reason } };
    case 'RotateSecret':
      return record.secrets[0]?.sealed === command.secret ? null : rotated(command, record);
    case 'DeleteWebhook':
      return { type: 'WebhookDeleted', metadata, data: { webhookId } };
  }
}

function rotated(command: Extract<WebhookCommand, { type: 'RotateSecret' }>, record: WebhookRecord): WebhookFact {
  const older = record.secrets.map(({ sealed, expiresAt = command.now + command.graceMs }) => ({ sealed, expiresAt }));
  return { type: 'SecretRotated', metadata: metaOf(command), data: { webhookId: command.webhookId, secrets: [{ sealed: command.secret }, ...older] } };
}

function metaOf({ commandId, actor, now }: WebhookCommand): WebhookFact['metadata'] {
  return { commandId, actor, at: now };
}

async function show(models: ReadModels, id: string, state: WebhookState): Promise<void> {
  const collection = await models.collection<WebhookDocument>(webhooksCollection);
  if (state.status !== 'live') return void (await collection.delete([id]));
  const { record } = state;
  const { labels, ...summary } = native.summarize(native.parse(record.definition));
  const { project, dialect, status, createdAt, updatedAt } = record;
  const document = { id, project, dialect, status, createdAt, updatedAt, ...summary, labels: Object.entries(labels).map((label) => label.join(':')), record };
  await collection.upsert([{ id, revision: record.revision, document }]);
}

/** As a bus would carry it. */
function throughJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
