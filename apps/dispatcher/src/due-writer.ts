import type { Clock, DueItem, DueQueue } from '@hookyard/ports';
import { grouped } from './grouped.ts';

export type Completion = Pick<DueItem, 'id' | 'partition' | 'revision'>;

/** Writes to the due queue in batches, in the order asked for, and tries again until it succeeds. */
export type DueWriter = {
  /** `done` is called when it is durable. */
  put(item: DueItem, done: () => void): void;
  complete(completion: Completion, done: () => void): void;
  /** Resolves when everything asked for before is durable. */
  flush(): Promise<void>;
  /** Resolves when no more than `most` changes are on their way. */
  whenAtMost(most: number): Promise<void>;
};

type Change = { readonly put?: DueItem; readonly completed?: Completion; readonly done: () => void };

const mostAtOnce = 1_000;

export function dueWriter({ due, clock, onFailure }: { readonly due: DueQueue; readonly clock: Clock; readonly onFailure: (error: unknown) => void }): DueWriter {
  const changes = grouped<Change>({ work: write, mostAtOnce, clock, onFailure });

  /** Within a group puts go first: what is put and completed in one group has ended. */
  async function write(group: readonly Change[]): Promise<void> {
    const puts = new Map<string, DueItem>();
    const completed: Completion[] = [];
    for (const change of group) {
      if (change.put !== undefined) puts.set(change.put.id, change.put);
      if (change.completed !== undefined) completed.push(change.completed);
    }
    if (puts.size > 0) await due.put([...puts.values()]);
    if (completed.length > 0) await due.complete(completed);
    for (const { done } of group) done();
  }

  return {
    put: (item, done) => changes.add({ put: item, done }),
    complete: (completed, done) => changes.add({ completed, done }),
    flush: () => new Promise((resolve) => changes.add({ done: resolve })),
    whenAtMost: (most) => changes.whenAtMost(most),
  };
}
