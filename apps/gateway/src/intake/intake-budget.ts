import { Fault } from '@hookyard/event-schemas';

/** Bytes of request bodies that may be in hand at once, over all requests. */
export type IntakeBudget = {
  /** Takes bytes from the budget and answers how to give them back; throws `Fault('overloaded')` when there are not enough. */
  readonly take: (bytes: number) => () => void;
  readonly inUse: () => number;
};

export function intakeBudget(mostBytes: number): IntakeBudget {
  let inUse = 0;
  return {
    take(bytes) {
      // One request alone always fits: its size has a limit of its own.
      if (inUse > 0 && inUse + bytes > mostBytes) {
        throw new Fault('overloaded', { retryAfterS: 1 }, { message: `Event requests of ${inUse} bytes are in hand already. Try again later.` });
      }
      inUse += bytes;
      let isHeld = true;
      return () => {
        if (isHeld) inUse -= bytes;
        isHeld = false;
      };
    },
    inUse: () => inUse,
  };
}
