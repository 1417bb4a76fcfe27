import type { Db } from 'mongodb';
import type { Call } from './calls.ts';
import { dueCollection } from './due-layout.ts';

// A twentieth of one server thread at most. A count that is quick is not remembered at all.
const share = 20;
const quickMs = 25;

export type DueCounts = {
  readonly of: (call: Call, partitions: readonly number[]) => Promise<number>;
  /** What was counted before is not so any more. */
  readonly forget: () => void;
};

/**
 * Counts walk along the index, a third of a second for a million items. What took long is answered again for twenty times as long, unless this process
 * itself changed something: who asks every second how much waits, without touching it, does not keep the server busy with that.
 */
export function dueCounts(db: Db): DueCounts {
  const known = new Map<string, { readonly answer: number; readonly until: number }>();
  let changes = 0;

  async function count(call: Call, partitions: readonly number[]): Promise<number> {
    return call.attempt(async ({ signal, maxTimeMS }) => {
      const reply = await db.command({ count: dueCollection, query: { p: { $in: [...partitions] } }, maxTimeMS }, { signal });
      return Number(reply['n']);
    });
  }

  return {
    async of(call, asked) {
      const partitions = [...new Set(asked)].sort((a, b) => a - b);
      const key = partitions.join();
      const before = known.get(key);
      const began = performance.now();
      if (before !== undefined && began < before.until) return before.answer;
      const changesBefore = changes;
      const answer = await count(call, partitions);
      const tookMs = performance.now() - began;
      known.delete(key);
      if (tookMs > quickMs && changes === changesBefore) known.set(key, { answer, until: began + tookMs * share });
      return answer;
    },
    forget() {
      changes += 1;
      known.clear();
    },
  };
}
