import type { CancelReason } from '@hookyard/event-schemas';
import type { Clock, DueLane, DueQueue } from '@hookyard/ports';
import type { Attempted } from '../attempts/attempt.ts';
import type { Conclusion, Entry } from '../attempts/outcome-book.ts';
import type { DueWriter } from '../due-writer.ts';
import type { Job } from '../job.ts';
import type { Meter } from '../meter.ts';
import type { Home } from './lane.ts';
import type { LaneLimits } from './lane-stock.ts';

export type LanesOptions = {
  readonly clock: Clock;
  readonly due: DueQueue;
  readonly dueWriter: DueWriter;
  readonly limits: LaneLimits;
  /** Makes one attempt. Never rejects. */
  readonly attempt: (job: Job) => Promise<Attempted>;
  /** Why a delivery must not be sent any more, or null. */
  readonly fate: (job: Job) => CancelReason | null;
  readonly isClosed: (webhookId: string) => boolean;
  readonly cancellation: (job: Job, reason: CancelReason) => Conclusion;
  readonly record: (entry: Entry) => void;
  readonly meter: Meter;
  readonly onFailure: (error: unknown) => void;
};

export type Lanes = {
  /** Takes in a delivery that was read from `deliveries`. */
  admit(home: Home, job: Job): void;
  /** Takes up what the due queue holds for a partition that has just become ours. */
  open(home: Home, lanes: readonly DueLane[]): void;
  /** Parks what has waited too long in memory, and makes sure of what is away too long, so that positions can move on. */
  parkLate(home: Home, takenInBefore: number): void;
  /** A webhook was changed or deleted. */
  webhookChanged(homes: Iterable<Home>, webhookId: string): void;
  /** The outcome of a delivery is accounted for. */
  accounted(entry: Entry): void;
  /** Lets go of everything that is not away or being recorded. */
  leave(home: Home): void;
  /** Lets go of the rest: what still comes of it is dropped. */
  forget(home: Home): void;
  inFlight(): number;
  /** Every slot is taken, and enough waits in memory to keep them so: taking in more would serve nobody. */
  isSaturated(): boolean;
  stop(): void;
};
