/** Time as a dependency. Everything that waits or stamps takes a Clock, so tests move time instead of waiting for it. */
export interface Clock {
  /** Milliseconds since the Unix epoch. May jump either way when the machine's clock is set. */
  now(): number;
  /** Runs `task` once, `delayMs` from now, and answers a function that cancels it. Timers never keep the process alive. */
  after(delayMs: number, task: () => void): () => void;
}

export const CLOCK = Symbol('Clock');

// Node.js clamps longer timeouts to 1 ms (2^31 − 1 ms, about 24.8 days).
const longestTimeoutMs = 2_147_483_647;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, Math.min(Math.max(delayMs, 0), longestTimeoutMs));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
