/** A value that only the holder of the master key can read: `v1.<key id>.<base64url of nonce, ciphertext, tag>`. */
export type Sealed = string;

export type DisabledReason = 'owner' | 'automatic' | 'gone';

/** A signing secret of a webhook. The newest is first; older ones sign along until they expire. */
export type SealedSecret = {
  readonly sealed: Sealed;
  /** Milliseconds since the epoch; absent on the current one. */
  readonly expiresAt?: number;
};

/** The message of topic `webhooks`: everything the matcher and the dispatcher need of one webhook. */
export type WebhookRecord = {
  /** Its name over all projects (`webhookName`); clients see `publicWebhookId`. */
  readonly id: string;
  readonly project: string;
  readonly dialect: string;
  /** Revision of the stream `webhook-<id>` that this state is of. */
  readonly revision: number;
  readonly status: 'enabled' | 'disabled';
  readonly disabledReason?: DisabledReason;
  /** The dialect's own definition, whole; protected parts are sealed. */
  readonly definition: unknown;
  readonly secrets: readonly SealedSecret[];
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly updatedAt: number;
};

/** The messages of topic `projects`, by key: `project:<id>`, `token:<id>`, `type:<project>/<name>`. */
export type ProjectRecord = {
  readonly kind: 'project';
  readonly id: string;
  readonly name: string;
  readonly revision: number;
  readonly createdAt: number;
};

export type TokenScope = 'manage' | 'emit' | 'read';

export type TokenRecord = {
  readonly kind: 'token';
  readonly id: string;
  readonly project: string;
  readonly name: string;
  readonly scopes: readonly TokenScope[];
  /** SHA-256 of the token's text, hex. */
  readonly hash: string;
  readonly createdAt: number;
  readonly expiresAt?: number;
};

export type Validation = 'off' | 'warn' | 'enforce';

export type EventTypeRecord = {
  readonly kind: 'event_type';
  readonly project: string;
  readonly name: string;
  readonly description?: string;
  /** JSON Schema, draft 2020-12. */
  readonly schema?: unknown;
  readonly validation: Validation;
  readonly revision: number;
};

export type CatalogueRecord = ProjectRecord | TokenRecord | EventTypeRecord;
