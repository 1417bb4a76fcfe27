import type { Clock, Collection, Document } from '@hookyard/ports';
import type { Log } from './log.ts';

export type Sweeps = {
  /** Begins no other; waits for what is in hand. */
  readonly stop: () => Promise<void>;
};

export type SweepOptions = {
  readonly clock: Clock;
  readonly log: Log;
  /** From the end of one sweep to the beginning of the next. */
  readonly everyMs: number;
};

// Removed in one go; between two of them others get at the store.
const atOnce = 1_000;

/** Removes for good what has expired in these collections, a little at a time, again and again. What failed is tried again the next time. */
export function sweepExpired(collections: readonly Pick<Collection<Document>, 'sweep'>[], { clock, log, everyMs }: SweepOptions): Sweeps {
  let isStopped = false;
  let inHand = Promise.resolve();
  let cancel = clock.after(everyMs, begin);

  function begin(): void {
    inHand = sweepAll()
      .catch((error: unknown) => log.warn({ err: error }, 'what has expired could not be removed; it will be tried again'))
      .then(() => {
        if (!isStopped) cancel = clock.after(everyMs, begin);
      });
  }

  async function sweepAll(): Promise<void> {
    const now = clock.now();
    for (const collection of collections) {
      let removed = atOnce;
      while (!isStopped && removed === atOnce) removed = await collection.sweep(now, atOnce);
    }
  }

  return {
    async stop() {
      isStopped = true;
      cancel();
      await inHand;
    },
  };
}
