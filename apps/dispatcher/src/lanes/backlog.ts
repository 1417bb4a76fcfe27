import type { Clock, DueItem, DueQueue } from '@hookyard/ports';
import { Fifo } from '../fifo.ts';
import type { Lane } from './lane.ts';

export type BacklogOptions = {
  readonly due: DueQueue;
  readonly clock: Clock;
  /** How many more deliveries the lane may hold in memory now; 0: not worth loading yet. */
  readonly roomOf: (lane: Lane) => number;
  /** Everything that waits for the webhook is to be cancelled, whenever it falls due. */
  readonly isClosed: (webhookId: string) => boolean;
  /** Takes one item that is due into the lane. */
  readonly take: (lane: Lane, item: DueItem) => void;
  /** When the lane has work next. */
  readonly wakeAt: (lane: Lane, at: number) => void;
  readonly onLoaded: (lane: Lane) => void;
  readonly onFailure: (error: unknown) => void;
};

const pauseAfterFailureMs = 1_000;

// Lanes loaded at once, so that a restart with many backlogs does not ask for everything together.
const mostLoads = 16;

// Retries that fall due close together are loaded together: a load costs more than being this late.
const gatherMs = 20;

/** Answers what takes a lane's oldest due work back from the due queue, as much as there is room for. */
export function backlogLoader({ due, clock, roomOf, isClosed, take, wakeAt, onLoaded, onFailure }: BacklogOptions): (lane: Lane) => void {
  const inLine = new Fifo<Lane>();
  let loads = 0;

  function refill(lane: Lane): void {
    if (lane.isLoading || !lane.hasBacklog || lane.home.state !== 'owned' || roomOf(lane) === 0) return;
    lane.isLoading = true;
    if (loads < mostLoads) void load(lane);
    else inLine.push(lane);
  }

  async function load(lane: Lane): Promise<void> {
    loads += 1;
    lane.hasChanged = false;
    // What is in hand is still in the queue, at its head: loading takes nothing away.
    const limit = lane.inHand.size + Math.max(roomOf(lane), 1);
    try {
      const items = await due.load({ partition: lane.home.partition, lane: lane.webhookId, dueBefore: Number.MAX_SAFE_INTEGER, limit });
      if (lane.home.state === 'owned') takeDue(lane, items, limit);
    } catch (error) {
      onFailure(error);
      if (lane.home.state === 'owned') wakeAt(lane, clock.now() + pauseAfterFailureMs);
    }
    loads -= 1;
    lane.isLoading = false;
    refill(lane);
    onLoaded(lane);
    const next = inLine.shift();
    if (next !== undefined) void load(next);
  }

  /** Loading beyond what is due tells when the next one is. */
  function takeDue(lane: Lane, items: readonly DueItem[], limit: number): void {
    const dueUntil = Math.max(clock.now(), lane.parkedUntil);
    const all = isClosed(lane.webhookId);
    let nextDueAt = Infinity;
    for (const item of items) {
      if (item.dueAt > dueUntil && !all) {
        nextDueAt = item.dueAt;
        break;
      }
      if (!lane.inHand.has(item.id)) take(lane, item);
    }
    lane.hasBacklog = lane.hasChanged || (nextDueAt === Infinity && items.length >= limit);
    wakeAt(lane, nextDueAt === Infinity ? Infinity : Math.max(nextDueAt, clock.now() + gatherMs));
  }

  return refill;
}
