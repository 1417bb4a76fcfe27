import { setImmediate } from 'node:timers/promises';
import { matchableEvent } from '@hookyard/matching';
import type { Batch, Clock, Message, OutgoingMessage, Outputs } from '@hookyard/ports';
import { deadLetter } from '@hookyard/runtime';
import { arrivedEvent, type ArrivedEvent, type WebhooksPosition } from './arrived-event.ts';
import { deliveryMessages } from './delivery-messages.ts';
import type { KnownEvents } from './known-events.ts';
import type { MatcherMetrics } from './matcher-metrics.ts';
import type { WebhookFollower } from './webhook-follower.ts';
import type { IndexedWebhook, WebhookIndex } from './webhook-index.ts';

export type MatchPorts = {
  readonly index: Pick<WebhookIndex, 'match' | 'find'>;
  readonly follower: Pick<WebhookFollower, 'whenReached'>;
  readonly known: KnownEvents;
  readonly clock: Pick<Clock, 'now'>;
  readonly metrics: MatcherMetrics;
  /** Partitions of topic `events`. */
  readonly partitions: number;
};

/** Events in, deliveries out: to be committed together with the events' position. A batch may come again and leads to the same deliveries. */
export type MatchBatch = (batch: Pick<Batch, 'messages'>) => Promise<Outputs>;

export const matcherGroup = 'matcher';

/** Matching goes on for this long before other work of the process has its turn. */
const turnMs = 10;

export function matchBatch({ index, follower, known, clock, metrics, partitions }: MatchPorts): MatchBatch {
  function concerned(event: ArrivedEvent): readonly IndexedWebhook[] {
    const { project } = event.attributes;
    if (event.onlyWebhook === undefined) return index.match(project, matchableEvent(event.attributes, event.payload));
    const only = index.find(project, event.onlyWebhook);
    return only === undefined ? [] : [only];
  }

  function match(event: ArrivedEvent): readonly OutgoingMessage[] {
    const webhooks = concerned(event);
    const now = clock.now();
    metrics.matched(webhooks.length, Math.max(0, now - event.acceptedAt));
    return deliveryMessages(event, webhooks, now);
  }

  return async ({ messages }) => {
    const { arrived, letters } = sort(messages, partitions);
    const fresh = await known(arrived);
    metrics.arrived({ events: arrived.length, repeats: arrived.length - fresh.length, unreadable: letters.length });
    await follower.whenReached(newestPositions(fresh));
    const outputs: OutgoingMessage[] = [...letters];
    let turnBegan = performance.now();
    for (const event of fresh) {
      for (const message of match(event)) outputs.push(message);
      if (performance.now() - turnBegan < turnMs) continue;
      await setImmediate();
      turnBegan = performance.now();
    }
    return outputs;
  };
}

/** Events, and as dead letters what is none. */
function sort(messages: readonly Message[], partitions: number): { readonly arrived: readonly ArrivedEvent[]; readonly letters: readonly OutgoingMessage[] } {
  const arrived: ArrivedEvent[] = [];
  const letters: OutgoingMessage[] = [];
  for (const message of messages) {
    const event = arrivedEvent(message, partitions);
    if (typeof event === 'string') letters.push(deadLetter(message, matcherGroup, event));
    else arrived.push(event);
  }
  return { arrived, letters };
}

function newestPositions(events: readonly ArrivedEvent[]): readonly WebhooksPosition[] {
  const newest = new Map<number, number>();
  for (const { webhooksPosition } of events) {
    if (webhooksPosition !== undefined) newest.set(webhooksPosition.partition, Math.max(webhooksPosition.offset, newest.get(webhooksPosition.partition) ?? 0));
  }
  return [...newest].map(([partition, offset]) => ({ partition, offset }));
}
