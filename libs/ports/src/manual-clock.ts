import type { Clock } from './clock.ts';

/** A clock that stands still until a test moves it. */
export type ManualClock = Clock & {
  /** Moves time on, and runs what falls due on the way: in order of its time, each at its own time, also what that sets in turn. */
  advance(ms: number): void;
  /** How many timers are set: wait for one to be there before moving time past it. */
  timers(): number;
};

// An arbitrary fixed instant, 2026-01-01T00:00:00Z, so that times in failures are recognisable.
const defaultStart = 1_767_225_600_000;

export function manualClock(start = defaultStart): ManualClock {
  const timers = new Set<{ readonly at: number; readonly task: () => void }>();
  let now = start;

  function nextDue(until: number) {
    let next: { readonly at: number; readonly task: () => void } | undefined;
    for (const timer of timers) if (timer.at <= until && (next === undefined || timer.at < next.at)) next = timer;
    return next;
  }

  return {
    now: () => now,
    after(delayMs, task) {
      const timer = { at: now + Math.max(delayMs, 0), task };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    advance(ms) {
      const until = now + ms;
      for (let timer = nextDue(until); timer !== undefined; timer = nextDue(until)) {
        timers.delete(timer);
        now = timer.at;
        timer.task();
      }
      now = until;
    },
    timers: () => timers.size,
  };
}
