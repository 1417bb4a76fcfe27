import { setImmediate } from 'node:timers/promises';
import { matchableEvent } from '@hookyard/matching';
import type { Batch, Clock, Message, OutgoingMessage, Outputs } from '@hookyard/ports';
import { deadLetter } from '@hookyard/runtime';
import { arrive, type Arrival, type ArrivedEvent, type WebhooksPosition } from './arrived-event.ts';
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

/** Makes outputs durable together with the next offset to read, before the batch has ended. */
export type CommitPiece = (outputs: Outputs, next: number) => Promise<void>;

/**
 * Events in, deliveries out: to be committed together with the events' position. A batch may come again and leads to the same deliveries.
 * With `commit`, outputs that grow large go out in pieces, after whole events; what it answers then belongs to the events behind the last piece.
 */
export type MatchBatch = (batch: Pick<Batch, 'messages'>, commit?: CommitPiece) => Promise<Outputs>;

export const matcherGroup = 'matcher';

/** Matching goes on for this long before other work of the process has its turn. */
const turnMs = 10;

/** Outputs of whole events are gathered up to this: 500 small events for 10,000 webhooks each make half a gigabyte. */
export const pieceBytes = 4 * 1024 * 1024;

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

  /** Makes the events known, and answers what each message is worth; nothing when it is a repeat. */
  async function sort(messages: readonly Message[]): Promise<readonly (Arrival | undefined)[]> {
    const arrivals = messages.map((message) => arrive(message, partitions));
    const arrived = arrivals.flatMap((arrival) => (arrival.kind === 'event' ? [arrival.event] : []));
    const fresh = await known(arrived);
    const unreadable = arrivals.filter(({ kind }) => kind === 'unreadable').length;
    metrics.arrived({ events: arrived.length, repeats: arrived.length - fresh.length, unreadable });
    await follower.whenReached(newestPositions(fresh));
    const freshOnes = new Set(fresh);
    return arrivals.map((arrival) => (arrival.kind !== 'event' || freshOnes.has(arrival.event) ? arrival : undefined));
  }

  function outputsOf(message: Message, arrival: Arrival | undefined): Outputs {
    switch (arrival?.kind) {
      case undefined:
        return [];
      case 'event':
        return match(arrival.event);
      case 'misplaced':
        return [arrival.again];
      case 'unreadable':
        return [deadLetter(message, matcherGroup, arrival.reason)];
    }
  }

  return async ({ messages }, commit) => {
    const arrivals = await sort(messages);
    let piece = newPiece();
    let turnBegan = performance.now();
    for (const [at, message] of messages.entries()) {
      if (commit !== undefined && piece.bytes >= pieceBytes) {
        await commit(piece.outputs, message.offset);
        piece = newPiece();
      }
      for (const output of outputsOf(message, arrivals[at])) add(piece, output);
      if (performance.now() - turnBegan < turnMs) continue;
      await setImmediate();
      turnBegan = performance.now();
    }
    return piece.outputs;
  };
}

type Piece = { readonly outputs: OutgoingMessage[]; bytes: number };

const newPiece = (): Piece => ({ outputs: [], bytes: 0 });

function add(piece: Piece, output: OutgoingMessage): void {
  piece.outputs.push(output);
  piece.bytes += output.value?.length ?? 0;
}

function newestPositions(events: readonly ArrivedEvent[]): readonly WebhooksPosition[] {
  const newest = new Map<number, number>();
  for (const { webhooksPosition } of events) {
    if (webhooksPosition !== undefined) newest.set(webhooksPosition.partition, Math.max(webhooksPosition.offset, newest.get(webhooksPosition.partition) ?? 0));
  }
  return [...newest].map(([partition, offset]) => ({ partition, offset }));
}
