/**
 * Runs `task(n)` for n = 0, 1, 2, … for about `forMs` after a warm-up of a quarter of that, and answers how many ran in a second
 * and the sum of the numbers that the tasks returned, per run.
 */
export function measure(task, forMs) {
  runFor(task, forMs / 4);
  const { runs, sum, tookMs } = runFor(task, forMs);
  return { perSecond: (runs / tookMs) * 1_000, perRun: sum / runs };
}

function runFor(task, forMs) {
  const began = performance.now();
  let runs = 0;
  let sum = 0;
  for (let step = 1, tookMs = 0; tookMs < forMs; tookMs = performance.now() - began) {
    for (let at = 0; at < step; at += 1) sum += task(runs++);
    // Look at the clock about every millisecond.
    if (performance.now() - began < forMs / 10) step = Math.min(step * 2, 1_000);
  }
  return { runs, sum, tookMs: performance.now() - began };
}

/** Heap in use after a collection, when the program runs with `--expose-gc`; else as it is. */
export function heapMegabytes() {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1_048_576;
}
