import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** Endpoints in a process of their own: they answer 204 at once and note when the event of each `data.number` arrived first. */
export async function startReceivers(count) {
  const child = fork(join(import.meta.dirname, 'receivers-main.mjs'), [`${count}`], { serialization: 'advanced' });
  const [urls] = await once(child, 'message');
  let turn = Promise.resolve();
  const ask = (message) =>
    (turn = turn.then(async () => {
      child.send(message);
      return (await once(child, 'message'))[0];
    }));
  return {
    urls,
    pid: child.pid,
    /** Forgets what came, and expects events numbered from 0. */
    expect: (count) => ask({ ask: 'expect', count }),
    /** `{ distinct, repeats, lastAt }` of what was expected. */
    count: () => ask({ ask: 'count' }),
    /** For each number when it came, in ms since 1970; 0: never. */
    arrivals: () => ask({ ask: 'arrivals' }),
    stop: () => void child.kill(),
  };
}

/** Resolves with the last count when `most` have come, or when nothing has come for `patienceMs`. */
export async function untilArrived(receivers, most, patienceMs = 30_000) {
  let seen = -1;
  let movedAt = performance.now();
  for (;;) {
    const count = await receivers.count();
    if (count.distinct !== seen) movedAt = performance.now();
    seen = count.distinct;
    if (seen >= most || performance.now() - movedAt > patienceMs) return count;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
