/**
 * Runs `task(n)` for n = 0, 1, 2, … for about `forMs` after a warm-up of a quarter of that, and answers how many ran in a second
 * and the sum of the numbers that the tasks returned, per run. A second is one of processor time, the collector's threads included:
 * what else the machine is doing does not count.
 */
export function measure(task, forMs) {
  runFor(task, forMs / 4);
  const { runs, sum, cpuMs } = runFor(task, forMs);
  return { perSecond: (runs / cpuMs) * 1_000, perRun: sum / runs };
}

function runFor(task, forMs) {
  const began = process.cpuUsage();
  let runs = 0;
  let sum = 0;
  let cpuMs = 0;
  for (let step = 1; cpuMs < forMs; cpuMs = cpuMsSince(began)) {
    for (let at = 0; at < step; at += 1) sum += task(runs++);
    // Look at the clock seldom enough not to be measured.
    if (cpuMsSince(began) < forMs / 10) step = Math.min(step * 2, 1_000);
  }
  return { runs, sum, cpuMs };
}

function cpuMsSince(began) {
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1_000;
}

/** Heap in use after a collection, when the program runs with `--expose-gc`; else as it is. */
export function heapMegabytes() {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1_048_576;
}
