import type { Actor } from './commands.ts';
import { unreachable } from './faults.ts';
import type { DisabledReason, SealedSecret, WebhookRecord } from './webhook-record.ts';

/** Who did it, by which command, and when (milliseconds since the epoch). Kept with every fact, as its metadata. */
export type FactMeta = { readonly commandId: string; readonly actor: Actor; readonly at: number };

/** A fact of a stream, as recorded. */
export type RecordedFact<Type extends string, Data> = { readonly type: Type; readonly data: Data; readonly metadata: FactMeta };

/** The stream of one webhook; its revisions are the webhook's. */
export const webhookStream = (webhookId: string): string => `${webhookStreamPrefix}${webhookId}`;
export const webhookStreamPrefix = 'webhook-';

/** What happens to a webhook. A definition stands whole in every fact that changes it, so any revision can be rebuilt. */
export type WebhookFact =
  | RecordedFact<
      'WebhookCreated',
      {
        readonly webhookId: string;
        readonly project: string;
        readonly dialect: string;
        readonly definition: unknown;
        readonly secrets: readonly SealedSecret[];
        readonly enabled: boolean;
        readonly requestHash?: string;
      }
    >
  | RecordedFact<'WebhookChanged', { readonly webhookId: string; readonly definition: unknown }>
  | RecordedFact<'WebhookEnabled', { readonly webhookId: string }>
  | RecordedFact<'WebhookDisabled', { readonly webhookId: string; readonly reason: DisabledReason }>
  /** `secrets` are all that sign from now on, newest first. */
  | RecordedFact<'SecretRotated', { readonly webhookId: string; readonly secrets: readonly SealedSecret[] }>
  | RecordedFact<'WebhookDeleted', { readonly webhookId: string }>;

export type WebhookState =
  | { readonly status: 'absent' }
  | { readonly status: 'live'; readonly record: WebhookRecord; readonly requestHash?: string }
  | { readonly status: 'deleted'; readonly id: string; readonly project: string; readonly revision: number };

type LiveWebhook = Extract<WebhookState, { status: 'live' }>;

/** The state of a webhook after one more fact. Folding a stream up to a revision gives the webhook as it was then. */
export function evolveWebhook(state: WebhookState, fact: WebhookFact): WebhookState {
  if (fact.type === 'WebhookCreated') return created(fact);
  if (state.status !== 'live') return state;
  switch (fact.type) {
    case 'WebhookChanged':
      return after(state, fact.metadata, { definition: fact.data.definition });
    case 'WebhookEnabled':
      return enabled(state, fact.metadata);
    case 'WebhookDisabled':
      return after(state, fact.metadata, { status: 'disabled', disabledReason: fact.data.reason });
    case 'SecretRotated':
      return after(state, fact.metadata, { secrets: fact.data.secrets });
    case 'WebhookDeleted':
      return { status: 'deleted', id: state.record.id, project: state.record.project, revision: state.record.revision + 1 };
    default:
      return unreachable(fact);
  }
}

function created({ data, metadata }: Extract<WebhookFact, { type: 'WebhookCreated' }>): LiveWebhook {
  const record: WebhookRecord = {
    id: data.webhookId,
    project: data.project,
    dialect: data.dialect,
    revision: 0,
    status: data.enabled ? 'enabled' : 'disabled',
    ...(data.enabled ? {} : { disabledReason: 'owner' }),
    definition: data.definition,
    secrets: data.secrets,
    createdAt: metadata.at,
    updatedAt: metadata.at,
  };
  return { status: 'live', record, ...(data.requestHash === undefined ? {} : { requestHash: data.requestHash }) };
}

function enabled(state: LiveWebhook, metadata: FactMeta): LiveWebhook {
  const { disabledReason: _, ...record } = state.record;
  return after({ ...state, record }, metadata, { status: 'enabled' });
}

function after(state: LiveWebhook, { at }: FactMeta, changed: Partial<WebhookRecord>): LiveWebhook {
  return { ...state, record: { ...state.record, ...changed, revision: state.record.revision + 1, updatedAt: at } };
}
