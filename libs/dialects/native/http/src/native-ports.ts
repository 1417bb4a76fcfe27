import type { CommandClient } from '@hookyard/runtime';
import type { WebhookDocument } from '@hookyard/event-schemas';
import type { Clock, Collection, EventStore, MessageBus } from '@hookyard/ports';
import type { SecretBox } from '@hookyard/signing';

/** What the API is made of. */
export type NativePorts = {
  readonly commands: CommandClient;
  readonly webhooks: Collection<WebhookDocument>;
  readonly store: EventStore;
  readonly bus: MessageBus;
  readonly clock: Clock;
  readonly box: SecretBox;
};

export const NATIVE_PORTS = Symbol('NativePorts');
