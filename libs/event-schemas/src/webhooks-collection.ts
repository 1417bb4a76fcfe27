import type { WebhookRecord } from './webhook-record.ts';

/**
 * Read model `webhooks_v1`: one document for each webhook, id = webhook id, revision = the webhook's.
 * Written by subscriptions; what the record's dialect says in its `summarize` stands beside it, to be asked for.
 */
export const webhooksCollection = {
  name: 'webhooks_v1',
  fields: {
    project: 'string',
    dialect: 'string',
    name: 'string',
    url: 'string',
    status: 'string',
    disabledReason: 'string',
    eventTypes: 'strings',
    labels: 'strings',
    createdAt: 'number',
    updatedAt: 'number',
  },
  indexes: [
    [['project', 'asc'], ['dialect', 'asc'], ['createdAt', 'desc']],
    [['project', 'asc'], ['dialect', 'asc'], ['status', 'asc'], ['createdAt', 'desc']],
  ],
} as const;

export type WebhookDocument = {
  readonly id: string;
  readonly project: string;
  readonly dialect: string;
  readonly name: string;
  readonly url: string;
  readonly status: WebhookRecord['status'];
  readonly disabledReason?: WebhookRecord['disabledReason'];
  readonly eventTypes: readonly string[];
  /** `key:value`. */
  readonly labels: readonly string[];
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly record: WebhookRecord;
};
