import type { Clock, DueItem, DuePage, DueQueue } from '@hookyard/ports';
import { Fifo } from '../fifo.ts';
import type { Lane } from './lane.ts';
import type { LaneStock, Room } from './lane-stock.ts';

export type BacklogOptions = {
  readonly due: DueQueue;
  readonly clock: Clock;
  readonly stock: Pick<LaneStock, 'reserve' | 'giveBack'>;
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
export function backlogLoader({ due, clock, stock, isClosed, take, wakeAt, onLoaded, onFailure }: BacklogOptions): (lane: Lane) => void {
  const inLine = new Fifo<Lane>();
  let loads = 0;

  function refill(lane: Lane): void {
    if (lane.isLoading || !lane.hasBacklog || lane.home.state !== 'owned') return;
    if (loads >= mostLoads) {
      lane.isLoading = true;
      inLine.push(lane);
      return;
    }
    const room = stock.reserve(lane);
    if (room !== undefined) void load(lane, room);
  }

  async function load(lane: Lane, room: Room): Promise<void> {
    loads += 1;
    lane.isLoading = true;
    const hasLoaded = await loaded(lane, room);
    stock.giveBack(room);
    loads -= 1;
    lane.isLoading = false;
    if (hasLoaded) refill(lane);
    onLoaded(lane);
    while (loads < mostLoads && inLine.length > 0) takeTurn();
  }

  async function loaded(lane: Lane, room: Room): Promise<boolean> {
    lane.hasChanged = false;
    // What is in hand is still in the queue: loading takes nothing away.
    const except = new Set(lane.inHand.keys());
    try {
      const page = await due.load({ partition: lane.home.partition, lane: lane.webhookId, dueBefore: Number.MAX_SAFE_INTEGER, limit: room.items, maxBytes: room.bytes, except });
      if (lane.home.state === 'owned') takeDue(lane, page);
      return true;
    } catch (error) {
      onFailure(error);
      if (lane.home.state === 'owned') wakeAt(lane, clock.now() + pauseAfterFailureMs);
      return false;
    }
  }

  function takeTurn(): void {
    const next = inLine.shift();
    if (next === undefined) return;
    next.isLoading = false;
    refill(next);
  }

  /** Loading beyond what is due tells when the next one is. */
  function takeDue(lane: Lane, { items, hasMore }: DuePage): void {
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
    lane.hasBacklog = lane.hasChanged || (nextDueAt === Infinity && hasMore);
    wakeAt(lane, nextDueAt === Infinity ? Infinity : Math.max(nextDueAt, clock.now() + gatherMs));
  }

  return refill;
}
