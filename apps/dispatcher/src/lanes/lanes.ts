import type { CancelReason } from '@hookyard/event-schemas';
import type { DueItem } from '@hookyard/ports';
import { backlogLoader } from './backlog.ts';
import { dueClock } from './due-clock.ts';
import { FairShare } from './fair-share.ts';
import { type Job, jobOfItem } from '../job.ts';
import type { Home, Lane } from './lane.ts';
import { laneStock } from './lane-stock.ts';
import type { Lanes, LanesOptions } from './lanes.types.ts';
import { type Conclusion, settle } from '../attempts/outcome-book.ts';
import { learn } from './pace.ts';
import { parking } from './parking.ts';

// Deliveries in memory for each slot: one away, others ready to follow without a pause.
const plenty = 4;

const askAgainMs = 100;

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
      if (lane.home.state !== 'owned') continue;
      if (!lane.home.isOurs()) {
        holdBack(lane.home);
        continue;
      }
      const job = lane.away < lane.pace.allowance ? lane.waiting.shift() : undefined;
      if (job !== undefined) start(lane, job);
      line(lane);
    }
  }

  /** Either the partition turns out to be ours still, or it is taken away soon. */
  function holdBack(home: Home): void {
    if (home.isHeldBack) return;
    home.isHeldBack = true;
    clock.after(askAgainMs, () => {
      home.isHeldBack = false;
      for (const lane of home.lanes.values()) line(lane);
      pump();
    });
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
