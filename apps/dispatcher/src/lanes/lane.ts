import type { Consumption } from '@hookyard/ports';
import type { Known } from '../positions/recovery.ts';
import { Fifo } from '../fifo.ts';
import type { Job } from '../job.ts';
import { type Pace, unknownPace } from './pace.ts';
import type { Settled } from '../positions/settled.ts';

/** A partition of `deliveries` and `attempts` that this dispatcher owns. */
export type Home = {
  readonly partition: number;
  readonly consumption: Consumption;
  readonly settled: Settled;
  /** Deliveries that will be read again although `attempts` or the due queue account for them. */
  readonly known: Map<string, Known>;
  /** By webhook. */
  readonly lanes: Map<string, Lane>;
  /** The next offset of `deliveries` to take in. */
  readTo: number;
  /** `leaving`: nothing new begins, what is in hand may end. `gone`: somebody else's now, and what still comes is dropped. */
  state: 'owned' | 'leaving' | 'gone';
  /** Deliveries away or being recorded. */
  busy: number;
  /** False while another dispatcher may own the partition, though nobody has said so yet: nothing is begun then. */
  readonly isOurs: () => boolean;
  /** Lanes had work for which `isOurs` was false; it is looked at again. */
  isHeldBack: boolean;
  /** Called when nothing is busy any more. */
  onQuiet: () => void;
};

/** All that concerns one webhook. */
export type Lane = {
  readonly webhookId: string;
  readonly home: Home;
  readonly pace: Pace;
  readonly waiting: Fifo<Job>;
  /** Everything in memory, by key, until the due queue and `attempts` account for it: what waits, is away, or is being recorded. */
  readonly inHand: Map<string, Job>;
  /** Requests on their way. */
  away: number;
  isInLine: boolean;
  /** The due queue holds work that could go out now; new arrivals line up behind it there. */
  hasBacklog: boolean;
  /** Work on its way into the due queue. */
  parking: number;
  isLoading: boolean;
  /** The due queue has changed since the load in hand began: what it answers is not the whole truth. */
  hasChanged: boolean;
  /** The machine's clock may be set back: work parked up to here is due whatever it says. */
  parkedUntil: number;
  /** When the due queue has work for it that is not due yet; Infinity when there is none. */
  nextDueAt: number;
};

export function newLane(home: Home, webhookId: string, concurrency: number): Lane {
  return {
    webhookId, home, pace: unknownPace(concurrency), waiting: new Fifo(), inHand: new Map(), away: 0, isInLine: false,
    hasBacklog: false, parking: 0, isLoading: false, hasChanged: false, parkedUntil: 0, nextDueAt: Infinity,
  };
}

/** Nothing is in hand, nothing waits: the lane need not be kept. */
export function isEmpty(lane: Lane): boolean {
  return lane.inHand.size === 0 && lane.parking === 0 && !lane.hasBacklog && !lane.isLoading && lane.nextDueAt === Infinity;
}
