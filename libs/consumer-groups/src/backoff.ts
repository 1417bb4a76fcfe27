import type { Clock } from '@hookyard/ports';

// From short enough not to be noticed after a hiccup, to long enough not to load what is down.
const shortestMs = 50;
const longestMs = 5_000;

/** How long to wait after the `failures`th failure in a row, counted from 1: 50 ms, doubled each time, at most 5 s. */
export function backoffMs(failures: number): number {
  return Math.min(shortestMs * 2 ** Math.min(failures - 1, 10), longestMs);
}

/** Waits that may be cut short. */
export function backoff(clock: Clock) {
  const waiting = new Set<() => void>();
  return {
    wait(failures: number): Promise<void> {
      return new Promise((resolve) => {
        const cancel = clock.after(backoffMs(failures), done);
        function done() {
          cancel();
          waiting.delete(done);
          resolve();
        }
        waiting.add(done);
      });
    },
    /** Ends every wait now. */
    cut(): void {
      for (const done of [...waiting]) done();
    },
  };
}
