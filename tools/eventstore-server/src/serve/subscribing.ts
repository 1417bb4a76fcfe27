import { randomUUID } from 'node:crypto';
import type { Fault, Faults } from '../faults/faults.ts';
import { CallFailed, failures, type Failure } from '../wire/failures.ts';
import { readAnswers } from '../wire/read-answers.ts';
import type { Filtered } from '../wire/requests.ts';
import type { Feed } from './feed.ts';
import { send, sendEvents, type ReadCall } from './sending.ts';
import type { Served } from './served.ts';

// A real server keeps so many live events for a reader that does not take them, and then lets it fall behind.
const liveBuffer = 32;
// Events read at once where no filter says how many.
const pageSize = 256;

/** Confirmation, catch-up, caughtUp, live; until the call is cancelled or a fault ends it. */
export async function subscribe(served: Served, call: ReadCall, feed: Feed, filter: Filtered | undefined): Promise<void> {
  const bell = bellOf(served, call);
  served.counters.subscriptions += 1;
  try {
    send(call, readAnswers.confirmation(randomUUID()));
    await follow({ served, call, feed, filter, bell });
  } finally {
    served.counters.subscriptions -= 1;
    bell.remove();
  }
}

type Following = { readonly served: Served; readonly call: ReadCall; readonly feed: Feed; readonly filter: Filtered | undefined; readonly bell: Bell };

async function follow({ served, call, feed, filter, bell }: Following): Promise<void> {
  const checkpoints = checkpointsOf(call, feed, filter);
  let live = false;
  while (!call.cancelled) {
    const isDropped = takeDrop(served.faults);
    const { entries, considered } = feed.next(checkpoints.room());
    const waited = await sendEvents(call, served.store, entries);
    checkpoints.considered(considered);
    const isOvertaken = waited && feed.behind() > liveBuffer;
    if (live && (isDropped || isOvertaken)) {
      send(call, readAnswers.fellBehind());
      checkpoints.send();
      live = false;
    } else if (considered === 0) {
      if (!live) {
        checkpoints.send();
        send(call, readAnswers.caughtUp());
        live = true;
      }
      await bell.rung();
    }
  }
}

/** True: as if the reader had been too slow. Throws when the fault ends the subscription. */
function takeDrop(faults: Faults): boolean {
  const dropped = faults.take('dropSubscription');
  if (dropped !== undefined && dropped.as !== 'fell_behind') throw new CallFailed(dropFailure(dropped.as));
  return dropped !== undefined;
}

/** A filtered subscription hears where it stands every so many considered events, and when it goes live. */
function checkpointsOf(call: ReadCall, feed: Feed, filter: Filtered | undefined) {
  let considered = 0;
  let sent = -1;

  function sendOne(): void {
    const position = feed.position();
    if (filter === undefined || position === undefined || position <= sent) return;
    sent = position;
    send(call, readAnswers.checkpoint(position));
  }

  return {
    /** How many events to look at next, so that none passes a checkpoint. */
    room: () => (filter === undefined ? pageSize : Math.min(filter.window, filter.interval - considered)),
    considered(count: number): void {
      considered += count;
      if (filter === undefined || considered < filter.interval) return;
      considered = 0;
      sendOne();
    },
    send: sendOne,
  };
}

function dropFailure(as: Exclude<Fault<'dropSubscription'>['as'], 'fell_behind'>): Failure {
  switch (as) {
    case 'overflow':
      return failures.timeout('the subscription did not keep up: its buffer of live events is full');
    case 'cancelled':
      return failures.cancelled();
    case 'unavailable':
      return failures.unavailable();
  }
}

type Bell = { rung(): Promise<void>; remove(): void };

/** Rings when there may be something to do. What rang since the last wait is not missed. */
function bellOf({ store, faults }: Served, call: ReadCall): Bell {
  let hasRung = false;
  let wake: (() => void) | undefined;
  const ring = () => {
    hasRung = true;
    wake?.();
  };
  const removals = [store.onEvents(ring), faults.onSet(ring)];
  call.on('cancelled', ring);
  return {
    async rung() {
      if (!hasRung) await new Promise<void>((resolve) => (wake = resolve));
      hasRung = false;
      wake = undefined;
    },
    remove: () => removals.forEach((remove) => void remove()),
  };
}
