import type { EventDocument } from '@hookyard/event-schemas';
import type { Clock, Collection } from '@hookyard/ports';
import type { Log } from '@hookyard/runtime';

export type EventSweep = {
  /** Waits for the sweep in hand. */
  readonly stop: () => Promise<void>;
};

export type EventSweepOptions = { readonly clock: Clock; readonly log: Log; readonly everyMs: number };

/** Removed in one go; between two of them others get at the store. */
const atOnce = 1_000;

/** Removes for good the events that have expired, again `everyMs` after it last ended. What failed is tried again then. */
export function sweepEvents(events: Pick<Collection<EventDocument>, 'sweep'>, { clock, log, everyMs }: EventSweepOptions): EventSweep {
  let isStopped = false;
  let inHand = Promise.resolve();
  let cancel = clock.after(everyMs, begin);

  function begin(): void {
    inHand = sweep()
      .catch((error: unknown) => log.warn({ err: error }, 'expired events could not be removed; it will be tried again'))
      .then(() => {
        if (!isStopped) cancel = clock.after(everyMs, begin);
      });
  }

  async function sweep(): Promise<void> {
    const now = clock.now();
    while (!isStopped && (await events.sweep(now, atOnce)) === atOnce);
  }

  return {
    async stop() {
      isStopped = true;
      cancel();
      await inHand;
    },
  };
}
