import { Fault, isFault } from '@hookyard/event-schemas';
import { backoffMs } from '@hookyard/consumer-groups';
import { parseAddress, type KafkaBusOptions } from '../options.ts';
import { channel, type Channel } from './channel.ts';
import { isPassing, isStale, NoAnswer, unavailable } from './errors.ts';
import { health, type Health } from './health.ts';
import { metadata, type Metadata } from './metadata.ts';
import { pauses } from './pauses.ts';

/** The way to the servers: what is known of them, connections to ask them, and the patience to ask again. */
export interface Wire {
  readonly metadata: Metadata;
  readonly health: Health;
  /** How long one request may wait for its answer; tries follow each other within `requestTimeoutMs`. */
  readonly answerTimeoutMs: number;
  /** Connections of their own, closed with the wire at the latest. */
  open(): Channel;
  /** A topic, group or transactional id as it is called on the servers. */
  nameOf(name: string): string;
  /**
   * Does the work until it succeeds: again after a back-off when what went wrong may pass, with what is known of leaders asked anew where
   * that may be the reason. Rejects with `unavailable` when `withinMs` (default `requestTimeoutMs`) are over, with `closed` once closed,
   * and at once with everything that will not pass. `what` completes the sentence "Kafka could not … in time".
   */
  persist<Result>(what: string, work: () => Promise<Result>, withinMs?: number): Promise<Result>;
  /** Resolves after the time, or at once when the wire is closed. Keeps the process alive. */
  pause(ms: number): Promise<void>;
  isClosed(): boolean;
  /** Refuses with `closed` once closed. */
  requireOpen(): void;
  /** Cuts every connection at once. */
  close(): void;
}

/** Resolves when a server was reached. */
export async function openWire(options: KafkaBusOptions): Promise<Wire> {
  const { topicPrefix = '', requestTimeoutMs = 30_000, startTimeoutMs = 30_000, clientId } = options;
  if (options.brokers.length === 0) throw new Fault('invalid_request', {}, { message: 'no Kafka broker is named' });
  const seeds = options.brokers.map(parseAddress);
  // A lost answer leaves time for two more tries.
  const answerTimeoutMs = Math.min(10_000, Math.ceil(requestTimeoutMs / 3));
  const state = health();
  const waiting = pauses();
  const channels = new Set<Channel>();
  let isClosed = false;

  const known = metadata(seeds, (addressOf) => openChannel(addressOf));

  function openChannel(addressOf: Metadata['addressOf']): Channel {
    if (isClosed) throw new Fault('closed');
    const opened = channel({
      addressOf,
      clientId,
      ssl: options.ssl === true ? {} : options.ssl === undefined || options.ssl === false ? null : options.ssl,
      sasl: options.sasl ?? null,
      connectTimeoutMs: Math.min(5_000, answerTimeoutMs),
      answerTimeoutMs,
      health: state,
    });
    channels.add(opened);
    return {
      ...opened,
      close() {
        channels.delete(opened);
        opened.close();
      },
    };
  }

  function requireOpen(): void {
    if (isClosed) throw new Fault('closed');
  }

  async function persist<Result>(what: string, work: () => Promise<Result>, withinMs = requestTimeoutMs): Promise<Result> {
    const deadline = performance.now() + withinMs;
    let last: unknown = new NoAnswer('no answer yet');
    for (let failures = 1; ; failures += 1) {
      requireOpen();
      try {
        return await waiting.within(work(), deadline - performance.now(), () => unavailable(what, last));
      } catch (error) {
        if (isClosed) throw new Fault('closed');
        if (isFault(error, 'unavailable') || !isPassing(error)) throw error;
        last = error;
      }
      if (isStale(last)) known.doubt();
      const restMs = backoffMs(failures);
      if (performance.now() + restMs >= deadline) throw unavailable(what, last);
      state.count('retries');
      await waiting.pause(restMs);
    }
  }

  const wire: Wire = {
    metadata: known,
    health: state,
    answerTimeoutMs,
    open: () => openChannel(known.addressOf),
    nameOf: (name) => topicPrefix + name,
    persist,
    pause: waiting.pause,
    isClosed: () => isClosed,
    requireOpen,
    close() {
      isClosed = true;
      for (const each of channels) each.close();
      channels.clear();
      waiting.end();
    },
  };

  try {
    await persist(`be reached at ${options.brokers.join(', ')}`, () => refuseBadLogin(known.refresh()), startTimeoutMs);
  } catch (error) {
    wire.close();
    throw error;
  }
  return wire;
}

// Credentials do not become right by waiting: said at once to whoever starts the process.
async function refuseBadLogin(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (error instanceof NoAnswer && error.isRefusedLogin) throw new Fault('unavailable', { server: 'kafka' }, { message: `Kafka does not accept the credentials: ${error.message}`, cause: error });
    throw error;
  }
}
