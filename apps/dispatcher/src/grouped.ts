import type { Clock } from '@hookyard/ports';

export type Grouped<Item> = {
  add(item: Item): void;
  /** What waits or is in hand, in the measure of `weigh`. */
  size(): number;
  /** Resolves when no more than `most` of it waits or is in hand. */
  whenAtMost(most: number): Promise<void>;
};

type Options<Item> = {
  /** Must be harmless when repeated: a failed group is tried again, whole, until it succeeds. */
  readonly work: (items: readonly Item[]) => Promise<void>;
  readonly mostAtOnce: number;
  /** What an item counts. Default: each one 1. */
  readonly weigh?: (item: Item) => number;
  readonly clock: Clock;
  readonly onFailure: (error: unknown) => void;
};

const firstPauseMs = 50;
const longestPauseMs = 5_000;

/** Does work in groups, one at a time and in order: what arrives while a group is in hand makes up the next. */
export function grouped<Item>({ work, mostAtOnce, weigh = () => 1, clock, onFailure }: Options<Item>): Grouped<Item> {
  let waiting: Item[] = [];
  let size = 0;
  let running = false;
  const waiters = new Set<{ readonly most: number; readonly resolve: () => void }>();

  async function run(): Promise<void> {
    running = true;
    // What is added in the same turn of the event loop joins the first group.
    await Promise.resolve();
    while (waiting.length > 0) {
      const group = waiting.length <= mostAtOnce ? waiting : waiting.slice(0, mostAtOnce);
      waiting = waiting.length <= mostAtOnce ? [] : waiting.slice(mostAtOnce);
      await untilDone(group);
      size -= group.reduce((sum, item) => sum + weigh(item), 0);
      release();
    }
    running = false;
  }

  async function untilDone(group: readonly Item[]): Promise<void> {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      try {
        return await work(group);
      } catch (error) {
        onFailure(error);
        await new Promise<void>((resolve) => void clock.after(pauseMs, resolve));
      }
    }
  }

  function release(): void {
    for (const waiter of waiters) {
      if (size > waiter.most) continue;
      waiters.delete(waiter);
      waiter.resolve();
    }
  }

  return {
    add(item) {
      waiting.push(item);
      size += weigh(item);
      if (!running) void run();
    },
    size: () => size,
    whenAtMost: (most) => (size <= most ? Promise.resolve() : new Promise((resolve) => void waiters.add({ most, resolve }))),
  };
}
