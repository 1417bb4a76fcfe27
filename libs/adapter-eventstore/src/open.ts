import { systemClock, type Clock, type EventStore, type Watched } from '@hookyard/ports';
import { connection as connect } from './connection.ts';
import type { Credentials, UserCertificate } from './connection-string.ts';
import { eventStore } from './event-store.ts';
import { reads } from './reads.ts';

export type EventStoreDbOptions = {
  /** `esdb://host:port`, `esdb://host,host,host` or `esdb+discover://name`, with the options of the EventStoreDB clients (`?tls=false`, `tlsCAFile`, …). */
  readonly connectionString: string;
  /** Take the place of those in the connection string. Without TLS the client sends none. */
  readonly credentials?: Credentials;
  /** Paths of PEM files. Needs TLS. */
  readonly userCertificate?: UserCertificate;
  /** A call that got no answer for so long, over all its tries, is refused with `unavailable`. @default 30_000 */
  readonly requestTimeoutMs?: number;
  /** Opening is refused with `unavailable` after so long without a server. @default 30_000 */
  readonly startTimeoutMs?: number;
  /** @default systemClock */
  readonly clock?: Clock;
  /** Told what an operator should know: that the server does not answer, and that it does again. */
  readonly onWarning?: (message: string, details: Readonly<Record<string, unknown>>) => void;
};

/** An EventStore on EventStoreDB 24.10 or later. Resolves when the server has answered once; from then on it reconnects by itself. */
export async function openEventStoreDb(options: EventStoreDbOptions): Promise<EventStore & Watched> {
  return (await openForTests(options)).store;
}

/** With a way to let go of everything at this instant, as near to a crash as it comes inside one process. */
export async function openForTests(options: EventStoreDbOptions): Promise<{ readonly store: EventStore & Watched; readonly abandon: () => void }> {
  const { clock = systemClock, requestTimeoutMs = 30_000, startTimeoutMs = 30_000, ...others } = options;
  const connection = connect({ ...others, clock, requestTimeoutMs });
  try {
    const head = await reads(connection).head(startTimeoutMs);
    return { store: { ...eventStore(connection, clock, head), state: connection.state }, abandon: connection.abandon };
  } catch (error) {
    await connection.close();
    throw error;
  }
}
