import { isFault, topics } from '@hookyard/event-schemas';
import type { Clock, Consumption, MessagePosition } from '@hookyard/ports';
import type { Home } from '../lanes/lane.ts';
import type { Positions } from './settled.ts';

/** Commits positions from time to time while there is something to commit; nothing runs otherwise. */
export type Commits = {
  /** Something is in hand, or was settled. */
  mark(): void;
  /** Commits what these homes have settled, now. */
  now(homes: readonly Home[]): Promise<void>;
  /** Resolves when the home's oldest unsettled message does not hold back too many others. */
  whenRoom(home: Home): Promise<void>;
  stop(): void;
};

export type CommitsOptions = {
  readonly clock: Clock;
  readonly homes: () => Iterable<Home>;
  /** Called before positions are taken. */
  readonly onTick: () => void;
  readonly onFailure: (error: unknown) => void;
};

const everyMs = 100;

// Messages read behind the oldest unsettled one: what a restart reads again at most.
const widestWindow = 20_000;

export function createCommits({ clock, homes, onTick, onFailure }: CommitsOptions): Commits {
  const committed = new WeakMap<Home, Positions>();
  const waiters = new Set<{ readonly home: Home; readonly resolve: () => void }>();
  let cancel: (() => void) | undefined;
  let isCommitting = false;

  function mark(): void {
    cancel ??= clock.after(everyMs, () => {
      cancel = undefined;
      void tick();
    });
  }

  async function tick(): Promise<void> {
    if (isCommitting) return mark();
    isCommitting = true;
    onTick();
    const owned = [...homes()].filter(({ state }) => state !== 'gone');
    await now(owned).catch(onFailure);
    isCommitting = false;
    for (const waiter of waiters) {
      if (waiter.home.state === 'owned' && waiter.home.settled.window > widestWindow) continue;
      waiters.delete(waiter);
      waiter.resolve();
    }
    if (waiters.size > 0 || owned.some(({ settled, busy }) => settled.window > 0 || busy > 0)) mark();
  }

  async function now(owned: readonly Home[]): Promise<void> {
    const moved = new Map<Consumption, { readonly home: Home; readonly positions: Positions }[]>();
    for (const home of owned) {
      const positions = home.settled.positions();
      const before = committed.get(home);
      if (before?.deliveries === positions.deliveries && before.attempts === positions.attempts) continue;
      const together = moved.get(home.consumption) ?? [];
      together.push({ home, positions });
      moved.set(home.consumption, together);
    }
    for (const [consumption, together] of moved) {
      try {
        await consumption.commit(together.flatMap(({ home, positions }) => messagePositions(home.partition, positions)));
      } catch (error) {
        // Not ours any more: the new owner reads on from what was committed before.
        if (!isFault(error, 'not_assigned')) throw error;
        continue;
      }
      for (const { home, positions } of together) committed.set(home, positions);
    }
  }

  return {
    mark,
    now,
    whenRoom(home) {
      if (home.settled.window <= widestWindow) return Promise.resolve();
      mark();
      return new Promise((resolve) => void waiters.add({ home, resolve }));
    },
    stop() {
      cancel?.();
      cancel = undefined;
    },
  };
}

function messagePositions(partition: number, positions: Positions): readonly MessagePosition[] {
  return [
    { topic: topics.deliveries, partition, offset: positions.deliveries },
    { topic: topics.attempts, partition, offset: positions.attempts },
  ];
}
