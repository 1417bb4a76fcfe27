import type { Job } from '../job.ts';
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

/** The lanes there are, and what they hold in memory, within its bounds. */
export type LaneStock = {
  laneOf(home: Home, webhookId: string): Lane;
  /** How many more are worth loading into the lane now. One that memory has no room for is remembered. */
  roomOf(lane: Lane): number;
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

// Loaded from the due queue at once: a page. Recovery looks at a few of them for what was in memory (see recovery.ts).
const mostLoaded = 512;

// Loading reads again what is in hand: it waits until that is at most this part of what it could hold.
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
    roomOf(lane) {
      const capacity = Math.min(capacityOf(lane), mostLoaded);
      if (lane.inHand.size > capacity * refillBelow) return 0;
      if (used < memoryBytes) return capacity - lane.inHand.size;
      starved.add(lane);
      return 0;
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
      const [first] = used < memoryBytes ? starved : [];
      if (first !== undefined) starved.delete(first);
      return first;
    },
    dropEmpty(lane) {
      if (isEmpty(lane)) lane.home.lanes.delete(lane.webhookId);
    },
  };
}
