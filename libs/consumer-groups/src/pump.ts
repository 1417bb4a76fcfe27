import { isFault } from '@hookyard/event-schemas';
import type { Clock } from '@hookyard/ports';
import { backoff } from './backoff.ts';
import { progress as newProgress, type Progress } from './progress.ts';

export type PumpOptions<Item> = {
  readonly clock: Clock;
  /** The first place to read. */
  readonly from: number;
  /** The place after the newest item there is. Asked before every read, so it must cost nothing. */
  readonly end: () => number;
  /** Items from a place on, at most `limit`. None means that there is none before the end as it was when the read began. */
  readonly read: (from: number, limit: number) => readonly Item[] | Promise<readonly Item[]>;
  /** The place to read on from after an item. */
  readonly after: (item: Item) => number;
  readonly limit: number;
  readonly handle: (items: readonly Item[]) => Promise<void> | void;
  readonly isPaused?: () => boolean;
  /** Called each time everything there is has been handled. */
  readonly onIdle?: () => void;
  /** When given, a failure ends the pump and is told here. Otherwise the same items are handled again after a back-off. */
  readonly onFailure?: (error: unknown) => void;
  /** Where to tell how far it has come; its own when absent. */
  readonly progress?: Progress;
};

/** Carries items from a place on to a handler: one call at a time, in order. Sleeps at the end until it is woken; never polls. */
export interface Pump {
  readonly progress: Progress;
  /** To be called when there is something new, or when it may go on after a pause. Harmless at any time. */
  wake(): void;
  /** Waits for the call in hand. */
  stop(): Promise<void>;
}

export function pump<Item>(options: PumpOptions<Item>): Pump {
  const { isPaused = () => false, progress = newProgress(options.from) } = options;
  const rest = backoff(options.clock);
  let isStopping = false;
  let isIdle = false;
  let failures = 0;
  let inHand = 0;
  let wakeUp: (() => void) | undefined;

  async function run(): Promise<void> {
    progress.reach(options.from);
    while (!isStopping) {
      try {
        await step();
      } catch (error) {
        if (isStopping) return;
        await recover(error);
      }
    }
  }

  async function step(): Promise<void> {
    // What has failed is still in hand: a pause does not keep it from being tried again.
    if (failures === 0 && isPaused()) return asleep();
    const from = progress.position();
    const end = options.end();
    if (from >= end) return idle();
    isIdle = false;
    // After a failure the same items, not more of them.
    const items = await read(from, failures === 0 ? options.limit : Math.max(inHand, 1));
    if (isStopping || (failures === 0 && isPaused())) return;
    inHand = items.length;
    if (items.length > 0) await options.handle(items);
    failures = 0;
    const last = items.at(-1);
    progress.reach(last === undefined ? end : options.after(last));
  }

  async function read(from: number, limit: number): Promise<readonly Item[]> {
    try {
      return await options.read(from, limit);
    } catch (error) {
      if (isFault(error, 'closed')) endFor(error);
      throw error;
    }
  }

  function idle(): Promise<void> | void {
    if (isIdle) return asleep();
    isIdle = true;
    // Looks once more before it sleeps: the call may have led to something new.
    options.onIdle?.();
  }

  async function recover(error: unknown): Promise<void> {
    if (options.onFailure !== undefined) return endFor(error);
    failures += 1;
    await rest.wait(failures);
  }

  // What is closed needs no further try, and nothing will ever come again.
  function endFor(error: unknown): void {
    isStopping = true;
    progress.end(error);
    options.onFailure?.(error);
  }

  function asleep(): Promise<void> {
    return new Promise((resolve) => (wakeUp = resolve));
  }

  function wake(): void {
    wakeUp?.();
    wakeUp = undefined;
  }

  const running = Promise.resolve().then(run);
  return {
    progress,
    wake,
    stop() {
      isStopping = true;
      rest.cut();
      wake();
      return running;
    },
  };
}
