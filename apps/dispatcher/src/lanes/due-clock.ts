import type { Clock } from '@hookyard/ports';

/** Wakes each at its time: one timer for all, none when nothing waits. */
export type DueClock<Sleeper> = {
  /** Replaces the time set for it before. */
  set(sleeper: Sleeper, at: number): void;
  forget(sleeper: Sleeper): void;
  stop(): void;
};

// The machine's clock may be set forward while the timer runs: looked at again at least this often.
const longestSleepMs = 60_000;

// The heap is built anew when it holds more outdated entries than this beside the valid ones.
const spareEntries = 1_000;

export function dueClock<Sleeper>(clock: Clock, wake: (sleeper: Sleeper) => void): DueClock<Sleeper> {
  const times = new Map<Sleeper, number>();
  // A binary heap by time. Entries that `times` no longer agrees with are passed over when they come up.
  let heap: { readonly at: number; readonly sleeper: Sleeper }[] = [];
  let cancel: (() => void) | undefined;
  let timerAt = Infinity;

  function arm(): void {
    let top = heap[0];
    while (top !== undefined && times.get(top.sleeper) !== top.at) {
      pop(heap);
      top = heap[0];
    }
    const at = top?.at ?? Infinity;
    if (at === timerAt) return;
    cancel?.();
    timerAt = at;
    cancel = at === Infinity ? undefined : clock.after(Math.min(Math.max(at - clock.now(), 0), longestSleepMs), ring);
  }

  function ring(): void {
    timerAt = Infinity;
    cancel = undefined;
    const now = clock.now();
    for (let top = heap[0]; top !== undefined && top.at <= now; top = heap[0]) {
      pop(heap);
      if (times.get(top.sleeper) !== top.at) continue;
      times.delete(top.sleeper);
      wake(top.sleeper);
    }
    arm();
  }

  return {
    set(sleeper, at) {
      if (times.get(sleeper) === at) return;
      times.set(sleeper, at);
      push(heap, { at, sleeper });
      if (heap.length > 2 * times.size + spareEntries) heap = [...times].map(([known, time]) => ({ at: time, sleeper: known })).sort((one, other) => one.at - other.at);
      arm();
    },
    forget(sleeper) {
      times.delete(sleeper);
    },
    stop() {
      times.clear();
      heap = [];
      arm();
    },
  };
}

type Timed = { readonly at: number };

function push<Entry extends Timed>(heap: Entry[], entry: Entry): void {
  let place = heap.push(entry) - 1;
  while (place > 0) {
    const parent = (place - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || above.at <= entry.at) break;
    heap[place] = above;
    place = parent;
  }
  heap[place] = entry;
}

function pop<Entry extends Timed>(heap: Entry[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let place = 0;
  for (;;) {
    let child = 2 * place + 1;
    const left = heap[child];
    const right = heap[child + 1];
    if (left === undefined) break;
    if (right !== undefined && right.at < left.at) child += 1;
    const below = heap[child] ?? left;
    if (below.at >= last.at) break;
    heap[place] = below;
    place = child;
  }
  heap[place] = last;
}
