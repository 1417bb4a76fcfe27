import type { CancelReason } from '@hookyard/event-schemas';
import type { Clock, DueItem, DueLane, DueQueue } from '@hookyard/ports';
import type { Attempted } from '../attempts/attempt.ts';
import { backlogLoader } from './backlog.ts';
import { dueClock } from './due-clock.ts';
import type { DueWriter } from '../due-writer.ts';
import { FairShare } from './fair-share.ts';
import { type Job, jobOfItem } from '../job.ts';
import type { Home, Lane } from './lane.ts';
import { type LaneLimits, laneStock } from './lane-stock.ts';
import type { Meter } from '../meter.ts';
import { type Conclusion, type Entry, settle } from '../attempts/outcome-book.ts';
import { learn } from './pace.ts';
import { parking } from './parking.ts';

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

// Deliveries in memory for each slot: one away, others ready to follow without a pause.
const plenty = 4;

export function createLanes(options: LanesOptions): Lanes {
  const { clock, due, dueWriter, limits, attempt, fate, isClosed, cancellation, record, meter, onFailure } = options;
  const share = new FairShare<Lane>(limits.concurrency);
  const stock = laneStock(limits);
  const alarm = dueClock<Lane>(clock, (lane) => {
    lane.nextDueAt = Infinity;
    lane.hasBacklog = true;
    refill(lane);
  });
  const refill = backlogLoader({ due, clock, stock, isClosed, take, wakeAt, onLoaded, onFailure });

  const { park, makeSureOf } = parking({ clock, dueWriter, onParked: meter.parked, onDurable: refill });

  function onLoaded(lane: Lane): void {
    stock.dropEmpty(lane);
    relieve();
  }

  function relieve(): void {
    const starved = stock.relieve();
    if (starved !== undefined) refill(starved);
  }

  function wakeAt(lane: Lane, at: number): void {
    lane.nextDueAt = at;
    if (at === Infinity) alarm.forget(lane);
    else alarm.set(lane, at);
  }

  function keep(lane: Lane, job: Job): void {
    stock.hold(lane, job);
    lane.waiting.push(job);
    line(lane);
  }

  function line(lane: Lane): void {
    if (lane.waiting.length > 0 && lane.away < lane.pace.allowance) share.line(lane);
  }

  /** One item of the due queue that is due. */
  function take(lane: Lane, item: DueItem): void {
    const job = jobOfItem(item);
    // Its message will be read again: this copy is the one that counts.
    if (job.offset >= lane.home.readTo) lane.home.known.set(job.key, { state: 'queued' });
    const reason = fate(job);
    if (reason === null) keep(lane, job);
    else cancel(lane, job, reason);
    pump();
  }

  function cancel(lane: Lane, job: Job, reason: CancelReason): void {
    stock.hold(lane, job);
    conclude(lane, job, cancellation(job, reason), () => undefined);
  }

  function pump(): void {
    for (let lane = share.next(); lane !== undefined; lane = share.next()) {
      const job = lane.home.state === 'owned' && lane.away < lane.pace.allowance ? lane.waiting.shift() : undefined;
      if (job !== undefined) start(lane, job);
      line(lane);
    }
  }

  function start(lane: Lane, job: Job): void {
    const giveBack = share.take(lane);
    lane.away += 1;
    lane.home.busy += 1;
    job.stage = 'away';
    void attempt(job).then(({ conclusion, sent }) => {
      lane.away -= 1;
      lane.home.busy -= 1;
      learn(lane.pace, sent.outcome, sent.durationMs, limits.laneConcurrency);
      conclude(lane, job, conclusion, () => {
        giveBack();
        pump();
      });
      line(lane);
      pump();
    });
  }

  /** The slot is given back when the outcome is durable: no more can be sent again after a crash than there are slots. */
  function conclude(lane: Lane, job: Job, conclusion: Conclusion, onDurable: () => void): void {
    job.stage = 'recording';
    lane.home.busy += 1;
    record({ lane, job, conclusion, onDurable });
  }

  function passOver(lane: Lane, job: Job): boolean {
    const known = lane.home.known.get(job.key);
    if (known !== undefined) lane.home.known.delete(job.key);
    if (known?.state === 'retrying') {
      dueWriter.put({ job, made: known.made, dueAt: known.nextAttemptAt }, () => {
        settle(lane, job);
        scheduled(lane, known.nextAttemptAt);
      });
      return true;
    }
    if (known === undefined && !lane.inHand.has(job.key)) return false;
    settle(lane, job);
    return true;
  }

  function scheduled(lane: Lane, dueAt: number): void {
    lane.hasChanged = true;
    if (isClosed(lane.webhookId)) lane.hasBacklog = true;
    if (dueAt < lane.nextDueAt) wakeAt(lane, dueAt);
  }

  return {
    admit(home, job) {
      const lane = stock.laneOf(home, job.order.webhookId);
      if (passOver(lane, job)) return;
      const reason = fate(job);
      if (reason !== null) return cancel(lane, job, reason);
      if (lane.hasBacklog || lane.parking > 0 || !stock.hasRoomFor(lane, job)) return park(lane, job);
      keep(lane, job);
      pump();
    },
    open(home, lanes) {
      for (const { lane: webhookId, nextDueAt } of lanes) {
        const lane = stock.laneOf(home, webhookId);
        lane.hasBacklog = nextDueAt <= clock.now() || isClosed(webhookId);
        wakeAt(lane, nextDueAt);
        refill(lane);
      }
    },
    parkLate(home, takenInBefore) {
      for (const lane of home.lanes.values()) {
        const late = (job: Job): boolean => job.place !== null && !job.isQueued && job.place.since <= takenInBefore;
        let isLate = false;
        for (const job of lane.inHand.values()) {
          if (!late(job)) continue;
          if (job.stage === 'away') makeSureOf(lane, job);
          else isLate ||= job.stage === 'waiting';
        }
        if (isLate) parkWaiting(lane);
      }
    },
    webhookChanged(homes, webhookId) {
      for (const home of homes) {
        const lane = home.lanes.get(webhookId);
        if (lane !== undefined) reconsider(lane);
      }
    },
    accounted({ lane, job, conclusion }) {
      stock.letGo(lane, job);
      lane.home.busy -= 1;
      if (conclusion.retryAt !== null) scheduled(lane, conclusion.retryAt);
      refill(lane);
      relieve();
      stock.dropEmpty(lane);
      if (lane.home.busy === 0) lane.home.onQuiet();
    },
    leave(home) {
      for (const lane of home.lanes.values()) {
        for (const job of lane.waiting.takeAll()) stock.letGo(lane, job);
        alarm.forget(lane);
      }
    },
    forget(home) {
      for (const lane of home.lanes.values()) for (const job of lane.inHand.values()) stock.letGo(lane, job);
      home.lanes.clear();
    },
    inFlight: () => share.taken,
    isSaturated: () => share.taken >= limits.concurrency && stock.held() > limits.concurrency * plenty,
    stop: () => alarm.stop(),
  };

  function parkWaiting(lane: Lane): void {
    for (const job of lane.waiting.takeAll()) {
      if (job.isQueued) lane.waiting.push(job);
      else {
        stock.letGo(lane, job);
        park(lane, job);
      }
    }
  }

  function reconsider(lane: Lane): void {
    for (const job of lane.waiting.takeAll()) {
      const reason = fate(job);
      if (reason === null) lane.waiting.push(job);
      else conclude(lane, job, cancellation(job, reason), () => undefined);
    }
    if (isClosed(lane.webhookId)) lane.hasBacklog = true;
    refill(lane);
  }
}
