import { type Job, weightWithoutData } from '../job.ts';
import { type Home, isEmpty, type Lane, newLane } from './lane.ts';
import { worthKeeping } from './pace.ts';

export type LaneLimits = {
  /** Deliveries away or being recorded at once, over all lanes. */
  readonly concurrency: number;
  /** Requests on their way to one webhook. */
  readonly laneConcurrency: number;
  /** Deliveries of one lane in memory. */
  readonly laneMemory: number;
  /** Deliveries of all lanes in memory, bytes. */
  readonly memoryBytes: number;
  /** What would wait in memory longer than this is parked. */
  readonly patienceMs: number;
};

/** Memory kept free for what a load answers. */
export type Room = {
  /** Most deliveries. */
  readonly items: number;
  /** Most bytes of them in the due queue. */
  readonly bytes: number;
  /** What it counts against the bound of memory until it is given back. */
  readonly weight: number;
};

/** The lanes there are, and what they hold in memory, within its bounds. */
export type LaneStock = {
  laneOf(home: Home, webhookId: string): Lane;
  /** Room for what is worth loading into the lane now, or undefined. A lane that memory has no room for is remembered. */
  reserve(lane: Lane): Room | undefined;
  /** To be called when what was loaded is held. */
  giveBack(room: Room): void;
  hasRoomFor(lane: Lane, job: Job): boolean;
  hold(lane: Lane, job: Job): void;
  letGo(lane: Lane, job: Job): void;
  /** Deliveries in memory. */
  held(): number;
  /** A lane that there was no memory for, now that there is. */
  relieve(): Lane | undefined;
  dropEmpty(lane: Lane): void;
};

const whenScarce = 64;

// Loaded from the due queue at once: a page, read in some milliseconds, and all pages that may be loaded at a time (see backlog.ts)
// are a quarter of the memory there is by default.
const mostLoaded = 512;
const mostLoadedWeight = 2 * 1024 * 1024;

// Loading has its price, passing over what is in hand too: it waits until that is at most this part of what the lane could hold.
const refillBelow = 1 / 4;

export function laneStock({ laneConcurrency, laneMemory, memoryBytes, patienceMs }: LaneLimits): LaneStock {
  const starved = new Set<Lane>();
  let used = 0;
  let held = 0;

  /** While memory is plentiful a lane may fill it; when it is not, there must be room for those that come. */
  function capacityOf(lane: Lane): number {
    return worthKeeping(lane.pace, patienceMs, used < memoryBytes / 2 ? laneMemory : Math.min(laneMemory, whenScarce));
  }

  return {
    laneOf(home, webhookId) {
      const known = home.lanes.get(webhookId);
      if (known !== undefined) return known;
      const lane = newLane(home, webhookId, laneConcurrency);
      home.lanes.set(webhookId, lane);
      return lane;
    },
    reserve(lane) {
      const capacity = Math.min(capacityOf(lane), mostLoaded);
      if (lane.inHand.size > capacity * refillBelow) return undefined;
      const weight = Math.min(memoryBytes - used, mostLoadedWeight);
      if (weight <= 0) {
        starved.add(lane);
        return undefined;
      }
      used += weight;
      // Half for the objects, half for their bytes.
      return { items: Math.min(capacity - lane.inHand.size, Math.ceil(weight / 2 / weightWithoutData)), bytes: Math.ceil(weight / 2), weight };
    },
    giveBack({ weight }) {
      used -= weight;
    },
    hasRoomFor: (lane, job) => lane.inHand.size < capacityOf(lane) && used + job.weight <= memoryBytes,
    hold(lane, job) {
      if (lane.inHand.has(job.key)) return;
      lane.inHand.set(job.key, job);
      used += job.weight;
      held += 1;
    },
    letGo(lane, job) {
      if (!lane.inHand.delete(job.key)) return;
      used -= job.weight;
      held -= 1;
    },
    held: () => held,
    relieve() {
      if (used >= memoryBytes) return undefined;
      for (const lane of starved) {
        starved.delete(lane);
        if (lane.hasBacklog && lane.home.state === 'owned') return lane;
      }
      return undefined;
    },
    dropEmpty(lane) {
      if (isEmpty(lane)) lane.home.lanes.delete(lane.webhookId);
    },
  };
}
