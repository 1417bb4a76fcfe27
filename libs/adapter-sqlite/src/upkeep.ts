import type { Clock } from '@hookyard/ports';
import type { SqliteReadModels } from './read-models.ts';
import type { Writer } from './writer.ts';

export interface Upkeep {
  /** Removes all that may be removed by now. */
  run(): Promise<void>;
  /** Ends after the slice in hand. */
  stop(): Promise<void>;
}

const documentsInSlice = 200;

/**
 * Removes in the background what retention and expiry hide already. Each slice is a small request among the others, in their transaction:
 * it costs no fsync of its own and delays nobody by more than a millisecond or two.
 */
export function upkeep(options: { readonly writer: Writer; readonly readModels: SqliteReadModels; readonly clock: Clock; readonly everyMs: number }): Upkeep {
  const { writer, readModels, clock, everyMs } = options;
  let stopped = false;
  let cancel = (): void => {};
  let inHand: Promise<void> = Promise.resolve();

  async function run(): Promise<void> {
    for (let after: number | null = 0; after !== null && !stopped; ) ({ next: after } = await writer.control('sweepLog', { after }));
    while (!stopped && (await readModels.sweep(documentsInSlice)) > 0);
  }

  function schedule(): void {
    cancel = clock.after(everyMs, () => {
      // It fails when the disk is full or the engine is closing; the next round tries again.
      inHand = run().catch(() => {});
      void inHand.then(() => {
        if (!stopped) schedule();
      });
    });
  }

  schedule();
  return {
    run,
    async stop() {
      stopped = true;
      cancel();
      await inHand;
    },
  };
}
