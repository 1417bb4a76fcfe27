/** Asks the matcher, for one event, about each webhook of its project. Kind `explain`; key: the project. */
export type ExplainCommand = {
  readonly type: 'Explain';
  readonly project: string;
  readonly eventId: string;
  /** Place of the event in topic `events`. Refused with `event_not_found` when it is no longer kept there. */
  readonly origin: { readonly partition: number; readonly offset: number };
};

/** Why a webhook did or did not match. */
export type WebhookExplanation = {
  readonly webhookId: string;
  readonly webhookRevision: number;
  readonly matched: boolean;
  /** With `matched: false`. */
  readonly reason?: {
    readonly code: string;
    /** The condition that failed, as its owner wrote it. */
    readonly condition?: string;
    /** The value that it met; absent when there was none. */
    readonly actual?: unknown;
    /** One sentence for a person. */
    readonly message: string;
  };
};

export type ExplainReply = {
  readonly eventId: string;
  readonly webhooks: readonly WebhookExplanation[];
  /** True when the project has more webhooks than a reply holds; the first ones are answered. */
  readonly truncated: boolean;
};
