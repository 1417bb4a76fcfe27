import type { Clock, DueItem, DueQueue } from '@hookyard/ports';
import { grouped } from './grouped.ts';
import { dueItem, type Job } from './job.ts';

/** A delivery that is to wait until `dueAt`, after `made` attempts. */
export type Deferral = { readonly job: Job; readonly made: number; readonly dueAt: number };

export type Completion = Pick<DueItem, 'id' | 'partition' | 'revision'>;

/** Writes to the due queue in batches, in the order asked for, and tries again until it succeeds. */
export type DueWriter = {
  /** `done` is called when it is durable. */
  put(deferral: Deferral, done: () => void): void;
  complete(completion: Completion, done: () => void): void;
  /** Resolves when everything asked for before is durable. */
  flush(): Promise<void>;
  /** Resolves when the changes on their way hold no more memory than this. */
  whenAtMost(bytes: number): Promise<void>;
};

type Change = { readonly put?: Deferral; readonly completed?: Completion; readonly done: () => void };

const mostAtOnce = 1_000;

// An item holds its event whole: a thousand large ones are not written together.
const mostBytesAtOnce = 4 * 1024 * 1024;

// The objects of a change that holds no delivery, roughly.
const weightOfCompletion = 300;

export function dueWriter({ due, clock, onFailure }: { readonly due: Pick<DueQueue, 'put' | 'complete'>; readonly clock: Clock; readonly onFailure: (error: unknown) => void }): DueWriter {
  const changes = grouped<Change>({ work: write, mostAtOnce, weigh: ({ put }) => put?.job.weight ?? weightOfCompletion, clock, onFailure });

  /** Within a group puts go first: what is put and completed in one group has ended. */
  async function write(group: readonly Change[]): Promise<void> {
    const puts = new Map<string, Deferral>();
    const completed: Completion[] = [];
    for (const change of group) {
      if (change.put !== undefined) puts.set(change.put.job.key, change.put);
      if (change.completed !== undefined) completed.push(change.completed);
    }
    for (const items of inPieces(puts.values())) await due.put(items);
    if (completed.length > 0) await due.complete(completed);
    for (const { done } of group) done();
  }

  return {
    put: (deferral, done) => changes.add({ put: deferral, done }),
    complete: (completed, done) => changes.add({ completed, done }),
    flush: () => new Promise((resolve) => changes.add({ done: resolve })),
    whenAtMost: (bytes) => changes.whenAtMost(bytes),
  };
}

/** Rendered only now, a piece at a time: until then deliveries of one event share its bytes. */
function* inPieces(deferrals: Iterable<Deferral>): Iterable<readonly DueItem[]> {
  let items: DueItem[] = [];
  let bytes = 0;
  for (const { job, made, dueAt } of deferrals) {
    const item = dueItem(job, made, dueAt);
    items.push(item);
    bytes += item.value.length;
    if (bytes < mostBytesAtOnce) continue;
    yield items;
    [items, bytes] = [[], 0];
  }
  if (items.length > 0) yield items;
}
