import { backoff } from '@hookyard/consumer-groups';
import { Fault, isFault } from '@hookyard/event-schemas';
import type { Clock, ServerState } from '@hookyard/ports';
import { attempts, type Attempt } from './attempt.ts';
import { openClient, type Client } from './client.ts';
import { completed, serverOf, type Credentials, type UserCertificate } from './connection-string.ts';
import { isPassing, leaderOf, NoAnswer, reasonOf, verdictOf } from './errors.ts';

export type ConnectionOptions = {
  readonly connectionString: string;
  readonly credentials?: Credentials;
  readonly userCertificate?: UserCertificate;
  readonly requestTimeoutMs: number;
  readonly clock: Clock;
  readonly onWarning?: (message: string, details: Readonly<Record<string, unknown>>) => void;
};

/** What is counted, by name. */
const counters = { connects: 0, retries: 0, timeouts: 0, resent: 0, resumed: 0 };
export type Counter = keyof typeof counters;

/** Owns the client and puts a new one in its place when it is broken. Never gives up. */
export interface Connection {
  /**
   * Makes a call, again with back-off for as long as it may yet succeed; so it must be one that may be repeated.
   * Rejects with `unavailable` after `requestTimeoutMs`, with `closed`, or with an answer that is a refusal (`verdictOf`).
   */
  request<Answer>(call: (attempt: Attempt) => Promise<Answer>, withinMs?: number): Promise<Answer>;
  /** For calls that last. To be asked again after `onReplaced`. */
  client(): Client;
  /** A lasting call on this client ended so. */
  failed(client: Client, error: unknown): void;
  /** The server said something. */
  heard(): void;
  /** Answers a function that ends the listening. */
  onReplaced(listener: () => void): () => void;
  count(counter: Counter): void;
  state(): ServerState;
  requireOpen(): void;
  /** Waits for the tries under way. */
  close(): Promise<void>;
  /** Waits for nothing. */
  abandon(): void;
}

// A server answers an append within 2 s, done or not; several tries fit into the time of a request.
const triesInRequest = 6;
const shortestTryMs = 100;
let clients = 0;

export function connection(options: ConnectionOptions): Connection {
  const { clock, requestTimeoutMs } = options;
  const server = serverOf(options.connectionString);
  const tryMs = Math.max(shortestTryMs, Math.ceil(requestTimeoutMs / triesInRequest));
  const tries = attempts(clock);
  const rest = backoff(clock);
  const counted = { ...counters };
  const listeners = new Set<() => void>();
  const underWay = new Set<Promise<unknown>>();
  let failure: string | undefined = 'not connected yet';
  let isLost = false;
  let isClosed = false;
  let current = open();

  function open(leader?: { readonly address: string; readonly port: number }): Client {
    counted.connects += 1;
    clients += 1;
    const { credentials, userCertificate } = options;
    const text = completed(options.connectionString, {
      serial: clients,
      ...(credentials === undefined ? {} : { credentials }),
      ...(userCertificate === undefined ? {} : { userCertificate }),
      ...(leader === undefined ? {} : { leader }),
    });
    return openClient(text, clock);
  }

  function requireOpen(): void {
    if (isClosed) throw new Fault('closed', { what: 'the event store' });
  }

  function heard(): void {
    if (isLost) options.onWarning?.('the event store answers again', { server });
    isLost = false;
    failure = undefined;
  }

  function failed(client: Client, error: unknown): void {
    if (isClosed) return;
    failure = reasonOf(error);
    if (!isLost) options.onWarning?.(`the event store does not answer: ${failure}`, { server, error });
    isLost = true;
    if (error instanceof NoAnswer) counted.timeouts += 1;
    const verdict = verdictOf(error);
    // Others may have noticed before.
    if (client !== current || (verdict !== 'lost' && verdict !== 'not_leader')) return;
    const broken = current;
    current = open(leaderOf(error));
    broken.retire(tryMs);
    for (const listener of [...listeners]) listener();
  }

  async function request<Answer>(call: (attempt: Attempt) => Promise<Answer>, withinMs = requestTimeoutMs): Promise<Answer> {
    requireOpen();
    const limit = timeLimit(clock, withinMs);
    try {
      return await repeated(call, limit, withinMs);
    } finally {
      limit.cancel();
    }
  }

  async function repeated<Answer>(call: (attempt: Attempt) => Promise<Answer>, limit: TimeLimit, withinMs: number): Promise<Answer> {
    for (let failures = 1; ; failures += 1) {
      const client = current;
      try {
        const answer = await tries.run(client, Math.min(tryMs, limit.leftMs()), call);
        heard();
        return answer;
      } catch (error) {
        judge(client, error);
        await Promise.race([rest.wait(failures), limit.over]);
        if (limit.isOver()) throw unavailable(error, withinMs);
      }
      requireOpen();
      counted.retries += 1;
    }
  }

  /** Throws what no repetition changes. */
  function judge(client: Client, error: unknown): void {
    if (isFault(error)) throw error;
    const verdict = verdictOf(error);
    if (verdict === 'denied') throw denied(error);
    if (!isPassing(verdict)) {
      heard();
      throw error;
    }
    failed(client, error);
    requireOpen();
  }

  function denied(cause: unknown): Error {
    failure = 'access denied';
    return new Error(`EventStoreDB at ${server} denies access: the user needs the right to read $all and to read and write streams and their metadata`, { cause });
  }

  function unavailable(cause: unknown, withinMs: number): Fault {
    return new Fault('unavailable', { server }, { message: `EventStoreDB at ${server} has not answered within ${withinMs} ms: ${reasonOf(cause)}`, cause });
  }

  async function tracked<Answer>(work: Promise<Answer>): Promise<Answer> {
    underWay.add(work);
    try {
      return await work;
    } finally {
      underWay.delete(work);
    }
  }

  function end(): void {
    isClosed = true;
    rest.cut();
  }

  return {
    request: (call, withinMs) => tracked(request(call, withinMs)),
    client: () => current,
    failed,
    heard,
    onReplaced(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    count: (counter) => (counted[counter] += 1),
    state: () => ({ ok: failure === undefined, ...(failure === undefined ? {} : { detail: `EventStoreDB at ${server}: ${failure}` }), counters: { ...counted } }),
    requireOpen,
    async close() {
      end();
      await Promise.allSettled([...underWay]);
      current.retire(0);
    },
    abandon() {
      end();
      tries.giveUpAll();
      current.retire(0);
    },
  };
}

type TimeLimit = ReturnType<typeof timeLimit>;

/** Time that runs out once. */
function timeLimit(clock: Clock, withinMs: number) {
  const end = clock.now() + withinMs;
  let isOver = false;
  let tell = (): void => {};
  const over = new Promise<void>((resolve) => (tell = resolve));
  const cancel = clock.after(withinMs, () => {
    isOver = true;
    tell();
  });
  // The clock may have been set in the meantime: the timer decides, this only shortens the last try.
  return { over, isOver: () => isOver, cancel, leftMs: () => Math.max(shortestTryMs, end - clock.now()) };
}
