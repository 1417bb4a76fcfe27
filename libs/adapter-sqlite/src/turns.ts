import { setImmediate as nextTurn } from 'node:timers/promises';

/** Runs each piece of work in a turn of the event loop of its own, in the order asked for. */
export type Turns = <Answer>(work: () => Answer | Promise<Answer>) => Promise<Answer>;

/**
 * Reading a page takes a millisecond or two of the main thread. Many readers at once would hold it for as many pages in a row;
 * so they take turns, with whatever else waits in between.
 */
export function oneEachTurn(): Turns {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(() => nextTurn()).then(work);
    last = mine.catch(() => {});
    return mine;
  };
}
