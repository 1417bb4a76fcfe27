import type { ServerState, Watched } from '@hookyard/ports';

/** How the connection to the servers stands, for those who ask without wanting to wait. */
export interface Health extends Watched {
  /** A server answered. */
  succeeded(): void;
  /** The last use failed, and why. */
  failed(detail: string): void;
  /** Adds to a counter, which then is part of the state for good. */
  count(name: string, by?: number): void;
}

export function health(): Health {
  const counters: Record<string, number> = { connects: 0, disconnects: 0, requests: 0, retries: 0, timeouts: 0, resent: 0, published: 0, publishedBytes: 0, fetches: 0, fetched: 0, fetchedBytes: 0, offsetResets: 0 };
  let problem: string | undefined = 'The first connection is not made yet.';
  return {
    succeeded() {
      problem = undefined;
    },
    failed(detail) {
      problem = detail;
    },
    count(name, by = 1) {
      counters[name] = (counters[name] ?? 0) + by;
    },
    state(): ServerState {
      return { ok: problem === undefined, ...(problem === undefined ? {} : { detail: problem }), counters: { ...counters } };
    },
  };
}
