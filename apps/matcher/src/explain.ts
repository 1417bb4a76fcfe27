import { Fault, partitionOf, topics, type ExplainCommand, type ExplainReply, type WebhookExplanation } from '@hookyard/event-schemas';
import { matchableEvent, type Reason } from '@hookyard/matching';
import type { MessageBus } from '@hookyard/ports';
import { arrive, type ArrivedEvent } from './arrived-event.ts';
import type { WebhookFollower } from './webhook-follower.ts';
import type { WebhookIndex } from './webhook-index.ts';

export type ExplainPorts = {
  readonly bus: Pick<MessageBus, 'read'>;
  readonly index: Pick<WebhookIndex, 'explain'>;
  readonly follower: Pick<WebhookFollower, 'whenCurrent'>;
  /** Partitions of the topics `events` and `webhooks`. */
  readonly partitions: { readonly events: number; readonly webhooks: number };
};

/** Which webhooks of its project, as they are now, an event concerns, and why not the others. By webhook id. */
export type Explain = (command: ExplainCommand) => Promise<ExplainReply>;

export function explain({ bus, index, follower, partitions }: ExplainPorts, mostWebhooks: number): Explain {
  async function eventAt({ project, eventId, origin }: ExplainCommand): Promise<ArrivedEvent> {
    const [message] = await bus.read({ topic: topics.events, ...origin }, 1);
    const arrival = message?.offset === origin.offset ? arrive(message, partitions.events) : undefined;
    if (arrival?.kind !== 'event') throw new Fault('event_not_found', { eventId });
    const { event } = arrival;
    if (event.id !== eventId || event.attributes.project !== project) throw new Fault('event_not_found', { eventId });
    return event;
  }

  return async (command) => {
    const { project, eventId } = command;
    const event = await eventAt(command);
    await follower.whenCurrent(partitionOf(project, partitions.webhooks));
    const all = index.explain(project, matchableEvent(event.attributes, event.payload));
    const webhooks = all.slice(0, mostWebhooks).map((webhook) => addressed(event, webhook));
    return { eventId, webhooks, truncated: all.length > webhooks.length };
  };
}

/** A ping goes to the webhook it is for, whatever that one asks for, and to nobody else. */
function addressed({ onlyWebhook }: ArrivedEvent, explained: WebhookExplanation): WebhookExplanation {
  if (onlyWebhook === undefined) return explained;
  const { webhookId, webhookRevision } = explained;
  if (webhookId === onlyWebhook) return { webhookId, webhookRevision, matched: true };
  const reason: Reason = { code: 'addressed_to_another', actual: onlyWebhook, message: `The event is a ping for ${onlyWebhook} alone.` };
  return { webhookId, webhookRevision, matched: false, reason };
}
