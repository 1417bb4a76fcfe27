import type { DeliveryPolicy } from '@hookyard/delivery';
import type { DomainEvent, Sealed } from '@hookyard/event-schemas';
import type { CompiledWebhook } from '@hookyard/matching';

/**
 * A vendor's webhook system as a value: what its definitions look like, whom an event concerns, what goes over the wire.
 * Pure: no clock, no randomness, no I/O. The core knows dialects by this type alone.
 */
export type Dialect<Definition = unknown> = {
  /** Lower case, as stored with each webhook: `native`. */
  readonly name: string;
  /** Reads a stored definition. Throws `Fault('invalid_request')` with every problem at once. */
  readonly parse: (definition: unknown) => Definition;
  /** What lists and consoles show of any webhook, whatever its dialect. */
  readonly summarize: (definition: Definition) => WebhookSummary;
  readonly catalogue: readonly CatalogueEvent[];
  readonly compile: (definition: Definition) => CompiledWebhook;
  /** The same input renders the same bytes. */
  readonly render: (input: RenderInput<Definition>) => RenderedRequest;
  readonly policy: (definition: Definition) => DeliveryPolicy;
};

export type WebhookSummary = {
  readonly name: string;
  readonly url: string;
  readonly eventTypes: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
};

/** An event type that the dialect brings along. */
export type CatalogueEvent = {
  /** The CloudEvents type that producers emit. */
  readonly type: string;
  readonly title: string;
  /** JSON Schema (draft 2020-12) of the event's data. */
  readonly schema: unknown;
  readonly example: unknown;
};

export type RenderInput<Definition> = {
  readonly definition: Definition;
  readonly event: DomainEvent;
  readonly delivery: {
    readonly id: string;
    readonly eventId: string;
    readonly sequence: number;
    /** 1 for the first. */
    readonly attempt: number;
    readonly acceptedAt: number;
  };
  /** Signing secrets in force, newest first, opened. */
  readonly secrets: readonly string[];
  /** Opens a protected part of the definition. */
  readonly open: (sealed: Sealed) => string;
  /** When the attempt begins, milliseconds since the epoch. */
  readonly now: number;
};

export type RenderedRequest = {
  readonly method: string;
  readonly url: string;
  /** In wire order. `redact` ones are never shown or logged. */
  readonly headers: readonly { readonly name: string; readonly value: string; readonly redact?: boolean }[];
  readonly body: Buffer;
};

/** A dialect whose definitions the holder does not look into: `parse` answers what the other functions take. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- only the dialect itself knows the shape of its definitions
export type AnyDialect = Dialect<any>;
