import type { Clock, Collection, Document } from '@hookyard/ports';
import type { Log } from '@hookyard/runtime';

export type Sweeps = {
  /** Waits for the sweep in hand. */
  stop(): Promise<void>;
};

type Sweepable = Pick<Collection<Document>, 'sweep'>;

// Removed in one go; between two of them others get at the store.
const atOnce = 1_000;

/** Removes for good what has expired, a little at a time, `everyMs` after the last sweep ended. A failed sweep is tried again the next time. */
export function startSweeps(collections: readonly Sweepable[], { clock, everyMs, log }: { readonly clock: Clock; readonly everyMs: number; readonly log: Log }): Sweeps {
  let isStopped = false;
  let inHand: Promise<void> = Promise.resolve();
  let cancel = clock.after(everyMs, run);

  function run(): void {
    inHand = sweepAll()
      .catch((error: unknown) => log.warn({ err: error }, 'expired history could not be removed; it will be tried again'))
      .finally(() => {
        if (!isStopped) cancel = clock.after(everyMs, run);
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
