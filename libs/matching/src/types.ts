import type { EventAttributes } from '@hookyard/event-schemas';

/** An event as matching sees it. `data` parses the payload on the first call only; undefined when it is not JSON. */
export type MatchableEvent = {
  readonly attributes: EventAttributes;
  readonly data: () => unknown;
};

/** Why a webhook is not concerned by an event: which condition, which value. */
export type Reason = {
  readonly code: 'type_not_subscribed' | 'subject_not_matched' | 'filter_not_matched' | 'webhook_disabled' | 'addressed_to_another' | 'not_concerned';
  /** The condition that failed, as its owner wrote it, e.g. `data.amount $gt 100`. */
  readonly condition?: string;
  /** The value that it met; absent when there was none. */
  readonly actual?: unknown;
  /** One sentence for a person. */
  readonly message: string;
};

export type Verdict = { readonly matched: true } | { readonly matched: false; readonly reason: Reason };

/**
 * A condition beyond type and subject. Predicates of one key are the same condition, whatever dialect they are of
 * (a key begins with its maker's name), and are evaluated once per event.
 */
export type Predicate = {
  readonly key: string;
  readonly test: (event: MatchableEvent) => Verdict;
  /** The same answer without its reason, for the path that every event takes. When absent, `test` is asked. */
  readonly holds?: (event: MatchableEvent) => boolean;
};

/** What the index needs to know of one webhook. All that is given must hold. */
export type CompiledWebhook = {
  /** Exact types, or patterns: `*` for any, `order.*` for what begins so. */
  readonly types: readonly string[];
  /** Globs over the event's subject; any of them suffices. An event without a subject matches none of them. */
  readonly subjects?: readonly string[];
  readonly predicate?: Predicate;
};
