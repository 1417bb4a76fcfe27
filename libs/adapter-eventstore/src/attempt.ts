import { Fault } from '@hookyard/event-schemas';
import type { Clock } from '@hookyard/ports';
import type { Client } from './client.ts';
import { NoAnswer } from './errors.ts';

/** One try of a call. */
export type Attempt = {
  readonly client: Client;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** A part of the answer has come: the time begins anew. */
  readonly alive: () => void;
};

/** Calls that can be given up from outside, all at once. */
export function attempts(clock: Clock) {
  const running = new Set<(error: Error) => void>();

  /** Rejects with `NoAnswer` after `timeoutMs` of silence, whatever becomes of the call. */
  function run<Answer>(client: Client, timeoutMs: number, call: (attempt: Attempt) => Promise<Answer>): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      const controller = new AbortController();
      let isAlive = false;
      let cancel = clock.after(timeoutMs, onSilence);

      function onSilence(): void {
        if (!isAlive) return giveUp(new NoAnswer(timeoutMs));
        isAlive = false;
        cancel = clock.after(timeoutMs, onSilence);
      }

      function settle(): void {
        cancel();
        running.delete(giveUp);
      }

      function giveUp(error: Error): void {
        settle();
        controller.abort();
        reject(error);
      }

      running.add(giveUp);
      call({ client, signal: controller.signal, alive: () => (isAlive = true) })
        .finally(settle)
        .then(resolve, reject);
    });
  }

  return {
    run,
    giveUpAll(): void {
      for (const giveUp of [...running]) giveUp(new Fault('closed', { what: 'the event store' }));
    },
  };
}
