import { backoffMs } from '@hookyard/consumer-groups';
import { Fault } from '@hookyard/event-schemas';
import type { Clock } from '@hookyard/ports';
import { isPassing, NoAnswer } from './passing-errors.ts';

export type CallsOptions = {
  readonly clock: Clock;
  /** What a call may take over all its attempts, unless it says otherwise. */
  readonly requestTimeoutMs: number;
  readonly on: CallEvents;
};

export type CallEvents = {
  readonly answered: () => void;
  /** An attempt failed that may be repeated. */
  readonly failed: (error: unknown) => void;
  readonly retried: () => void;
  readonly gaveUp: () => void;
};

/** To be passed to the driver: ends the wait for an answer; bounds the work of the server. */
export type Limits = { readonly signal: AbortSignal; readonly maxTimeMS: number };

/** What a port asks of the server in one of its methods. */
export type Call = {
  /** Tries until it is answered or the call is out of time. Must be safe to repeat when it is not known what became of it. */
  readonly attempt: <T>(work: (limits: Limits) => Promise<T>) => Promise<T>;
  /** The rest between the `failures`th failure in a row and the next try. */
  readonly pause: (failures: number) => Promise<void>;
};

export type Within = {
  /** For the whole call. */
  readonly totalMs?: number;
  /** For one attempt. Default: a third of the whole, so that a connection which swallows everything costs one of three. */
  readonly attemptMs?: number;
};

export interface Calls {
  /** Refused with `unavailable` when it is out of time; the outcome is not known then. */
  run<T>(work: (call: Call) => Promise<T>, within?: Within): Promise<T>;
  /** Resolves when nothing is in hand any more. */
  settled(): Promise<void>;
  /** Ends everything in hand at this instant, refused with `closed`. */
  abandon(): void;
}

type End = 'late' | 'abandoned';

export function callsTo({ clock, requestTimeoutMs, on }: CallsOptions): Calls {
  const inHand = new Map<Promise<unknown>, (end: End) => void>();
  let isAbandoned = false;

  async function run<T>(work: (call: Call) => Promise<T>, { totalMs = requestTimeoutMs, attemptMs = Math.ceil(totalMs / 3) }: Within = {}): Promise<T> {
    let ended: End | undefined = isAbandoned ? 'abandoned' : undefined;
    let lastError: unknown;
    const interrupts = new Set<() => void>();

    function requireTime(): void {
      if (ended === 'abandoned') throw new Fault('closed', {}, { cause: lastError });
      if (ended !== 'late') return;
      on.gaveUp();
      throw new Fault('unavailable', { server: 'MongoDB', waitedMs: totalMs }, { cause: lastError });
    }

    async function attempt<A>(each: (limits: Limits) => Promise<A>): Promise<A> {
      for (let failures = 1; ; failures += 1) {
        requireTime();
        const controller = new AbortController();
        const interrupt = (): void => controller.abort(new NoAnswer('the call ended before an answer came'));
        interrupts.add(interrupt);
        const cancel = clock.after(attemptMs, () => controller.abort(new NoAnswer(`no answer within ${attemptMs} ms`)));
        try {
          const answer = await Promise.race([each({ signal: controller.signal, maxTimeMS: attemptMs }), endOf(controller.signal)]);
          on.answered();
          return answer;
        } catch (error) {
          lastError = error;
          if (ended === 'abandoned') requireTime();
          if (!isPassing(error)) throw error;
          on.failed(error);
        } finally {
          cancel();
          interrupts.delete(interrupt);
        }
        await pause(failures);
        on.retried();
      }
    }

    async function pause(failures: number): Promise<void> {
      requireTime();
      await new Promise<void>((resolve) => {
        const done = (): void => {
          cancel();
          interrupts.delete(done);
          resolve();
        };
        const cancel = clock.after(backoffMs(failures), done);
        interrupts.add(done);
      });
      requireTime();
    }

    const end = (how: End): void => {
      ended ??= how;
      for (const interrupt of [...interrupts]) interrupt();
    };
    const cancelTotal = clock.after(totalMs, () => end('late'));
    const working = work({ attempt, pause });
    inHand.set(working, end);
    try {
      return await working;
    } finally {
      cancelTotal();
      inHand.delete(working);
    }
  }

  return {
    run,
    async settled() {
      await Promise.allSettled(inHand.keys());
    },
    abandon() {
      isAbandoned = true;
      for (const end of [...inHand.values()]) end('abandoned');
    },
  };
}

/** The driver heeds the signal nearly everywhere, but not where it connects or closes a cursor. */
function endOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }));
}
