import type { Clock } from '@hookyard/ports';
import type { HealthState } from '../ops/health.ts';
import type { Log } from '../ops/log.ts';

export type FailingStreaks = {
  /** Runs `task` as part of what is named; a failure begins or continues that streak, a success ends it. Passes on either. */
  watch<T>(name: string, task: () => Promise<T>): Promise<T>;
  /** What is named is nobody's business here any more. */
  forget(name: string): void;
  /** Not ok as soon as something has failed `tolerated` times in a row. */
  state(): HealthState;
};

type Streak = { count: number; readonly since: number; reason: string };

/** Counts failures in a row, so that a handler failing for ever is one line in the log and one red check, not a flood. */
export function failingStreaks({ clock, log, tolerated = 2 }: { readonly clock: Clock; readonly log: Log; readonly tolerated?: number }): FailingStreaks {
  const streaks = new Map<string, Streak>();

  function failed(name: string, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    const streak = streaks.get(name);
    if (streak === undefined) {
      streaks.set(name, { count: 1, since: clock.now(), reason });
      log.error({ err: error, consuming: name }, 'handling failed; it is tried again until it succeeds');
    } else {
      streak.count += 1;
      streak.reason = reason;
    }
  }

  function succeeded(name: string): void {
    const streak = streaks.get(name);
    if (streak === undefined) return;
    streaks.delete(name);
    log.info({ consuming: name, failures: streak.count, forMs: clock.now() - streak.since }, 'handling works again');
  }

  return {
    async watch(name, task) {
      try {
        const result = await task();
        succeeded(name);
        return result;
      } catch (error) {
        failed(name, error);
        throw error;
      }
    },
    forget: (name) => void streaks.delete(name),
    state() {
      for (const [name, { count, reason }] of streaks) {
        if (count > tolerated) return { ok: false, detail: `${name} has failed ${count} times in a row: ${reason}` };
      }
      return { ok: true };
    },
  };
}
