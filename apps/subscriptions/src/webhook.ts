import {
  evolveWebhook,
  Fault,
  unreachable,
  type FactMeta,
  type SealedSecret,
  type WebhookCommand,
  type WebhookFact,
  type WebhookRecord,
  type WebhookState,
} from '@hookyard/event-schemas';
import type { Decider } from '@hookyard/event-sourcing';
import { sameJson } from './same-json.ts';

/** The secrets of a webhook that may sign at once: the current one, and older ones in their grace period. */
export const maxSecrets = 10;

/** The rules of a webhook. What its facts add up to is `evolveWebhook`, beside the facts, because history is read elsewhere too. */
export const webhook: Decider<WebhookState, WebhookCommand, WebhookFact> = {
  initialState: { status: 'absent' },
  evolve: evolveWebhook,
  decide(command, state) {
    if (command.type === 'CreateWebhook') return create(command, state);
    if (command.type === 'DeleteWebhook' && isDeleted(state, command.project)) return [];
    const { record } = requireLive(state, command);
    requireRevision(record, command.expectedRevision);
    return change(command, record);
  },
};

type CommandOf<Type extends WebhookCommand['type']> = Extract<WebhookCommand, { type: Type }>;

function change(command: Exclude<WebhookCommand, { type: 'CreateWebhook' }>, record: WebhookRecord): readonly WebhookFact[] {
  const { webhookId } = command;
  const metadata = metaOf(command);
  switch (command.type) {
    case 'ChangeWebhook':
      if (sameJson(record.definition, command.definition)) return [];
      return [{ type: 'WebhookChanged', data: { webhookId, definition: command.definition }, metadata }];
    case 'EnableWebhook':
      return record.status === 'enabled' ? [] : [{ type: 'WebhookEnabled', data: { webhookId }, metadata }];
    case 'DisableWebhook':
      // The first reason stays: what was found gone is not turned into the owner's doing by a repeat.
      return record.status === 'disabled' ? [] : [{ type: 'WebhookDisabled', data: { webhookId, reason: command.reason }, metadata }];
    case 'RotateSecret':
      if (record.secrets[0]?.sealed === command.secret) return [];
      return [{ type: 'SecretRotated', data: { webhookId, secrets: rotated(record.secrets, command) }, metadata }];
    case 'DeleteWebhook':
      return [{ type: 'WebhookDeleted', data: { webhookId }, metadata }];
    default:
      return unreachable(command);
  }
}

function create(command: CommandOf<'CreateWebhook'>, state: WebhookState): readonly WebhookFact[] {
  if (state.status === 'absent') return [created(command)];
  const { record, requestHash } = requireLive(state, command);
  if (command.requestHash !== undefined) {
    if (command.requestHash === requestHash) return [];
    throw new Fault('idempotency_key_reused', { webhookId: record.id });
  }
  // Two clients put a webhook under one id of their choice: the second has not seen the first one's.
  if (record.dialect === command.dialect && sameJson(record.definition, command.definition)) return [];
  throw new Fault('precondition_failed', { webhookId: record.id, revision: record.revision });
}

function created(command: CommandOf<'CreateWebhook'>): WebhookFact {
  const { webhookId, project, dialect, definition, enabled, requestHash } = command;
  const secrets = command.secrets.map((sealed): SealedSecret => ({ sealed }));
  requireFewSecrets(secrets);
  return {
    type: 'WebhookCreated',
    data: { webhookId, project, dialect, definition, secrets, enabled, ...(requestHash === undefined ? {} : { requestHash }) },
    metadata: metaOf(command),
  };
}

/** The new one first; the current one signs along for the grace period; what has expired, or expires at once, is dropped. */
function rotated(secrets: readonly SealedSecret[], { secret, graceMs, now }: CommandOf<'RotateSecret'>): readonly SealedSecret[] {
  const older = secrets.map(({ sealed, expiresAt = now + graceMs }): SealedSecret => ({ sealed, expiresAt }));
  const all = [{ sealed: secret }, ...older.filter(({ expiresAt = 0 }) => expiresAt > now)];
  requireFewSecrets(all);
  return all;
}

function requireFewSecrets(secrets: readonly SealedSecret[]): void {
  if (secrets.length <= maxSecrets) return;
  const reason = `At most ${maxSecrets} secrets sign at once. Wait until an older one expires, or rotate with no grace period.`;
  throw new Fault('invalid_request', { problems: [{ field: 'secrets', code: 'too_many', reason }] });
}

function isDeleted(state: WebhookState, project: string): boolean {
  return state.status === 'deleted' && state.project === project;
}

/** Another project's webhook does not exist for the one who asks. */
function requireLive(state: WebhookState, { webhookId, project }: WebhookCommand): Extract<WebhookState, { status: 'live' }> {
  if (isDeleted(state, project)) throw new Fault('webhook_deleted', { webhookId });
  if (state.status !== 'live' || state.record.project !== project) throw new Fault('webhook_not_found', { webhookId });
  return state;
}

function requireRevision({ id, revision }: WebhookRecord, expected: number | undefined): void {
  if (expected !== undefined && expected !== revision) throw new Fault('precondition_failed', { webhookId: id, expected, revision });
}

function metaOf({ commandId, actor, now }: WebhookCommand): FactMeta {
  return { commandId, actor, at: now };
}
