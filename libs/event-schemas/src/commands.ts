import type { CatalogueRecord, DisabledReason, Sealed, TokenScope, Validation, WebhookRecord } from './webhook-record.ts';

/** Who asked: a token, the administrator, or Hookyard itself. Kept with every change. */
export type Actor = { readonly kind: 'admin' | 'token' | 'system'; readonly id: string };

/** Every command carries its id (a repeat with the same id changes nothing twice), who asked, and the time it was asked. */
export type CommandMeta = { readonly commandId: string; readonly actor: Actor; readonly now: number };

/** Commands to a webhook. `definition` has been parsed by its dialect; secrets and protected headers are sealed. */
export type WebhookCommand = CommandMeta & { readonly webhookId: string; readonly project: string } & (
    | {
        readonly type: 'CreateWebhook';
        readonly dialect: string;
        readonly definition: unknown;
        readonly secrets: readonly Sealed[];
        readonly enabled: boolean;
        /** Hash of the request, when it came with an idempotency key: the same key with another request is refused. */
        readonly requestHash?: string;
      }
    | {
        readonly type: 'ChangeWebhook';
        readonly definition: unknown;
        /** Refused with `precondition_failed` when the webhook is at another revision. */
        readonly expectedRevision?: number;
      }
    | { readonly type: 'EnableWebhook'; readonly expectedRevision?: number }
    | { readonly type: 'DisableWebhook'; readonly reason: DisabledReason; readonly expectedRevision?: number }
    | { readonly type: 'RotateSecret'; readonly secret: Sealed; readonly graceMs: number; readonly expectedRevision?: number }
    | { readonly type: 'DeleteWebhook'; readonly expectedRevision?: number }
  );

/** Commands to a project and what belongs to it. */
export type ProjectCommand = CommandMeta & { readonly project: string } & (
    | { readonly type: 'CreateProject'; readonly name: string }
    | {
        readonly type: 'IssueToken';
        readonly tokenId: string;
        readonly name: string;
        readonly scopes: readonly TokenScope[];
        readonly hash: string;
        readonly expiresAt?: number;
      }
    | { readonly type: 'RevokeToken'; readonly tokenId: string }
    | {
        readonly type: 'RegisterEventType';
        readonly name: string;
        readonly description?: string;
        readonly schema?: unknown;
        readonly validation: Validation;
      }
    | { readonly type: 'RemoveEventType'; readonly name: string }
  );

/** Asks the delivery log to have a delivery sent again. */
export type RedeliverCommand = CommandMeta & { readonly type: 'Redeliver'; readonly project: string; readonly deliveryId: string };

/** Where a change stands in a compacted topic: whoever has read that far has seen it. */
export type ChangePosition = { readonly topic: 'webhooks' | 'projects'; readonly partition: number; readonly offset: number };

export type WebhookReply = { readonly webhook: WebhookRecord | null; readonly position: ChangePosition };
export type ProjectReply = { readonly record: CatalogueRecord | null; readonly position: ChangePosition };
export type RedeliverReply = { readonly deliveryId: string; readonly requestId: string };
