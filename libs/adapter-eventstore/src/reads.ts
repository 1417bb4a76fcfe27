import type { AllStreamResolvedEvent, ResolvedEvent, StreamingRead } from '@eventstore/db-client';
import type { ReadAllOptions, ReadOptions, RecordedEvent } from '@hookyard/ports';
import type { Attempt } from './attempt.ts';
import type { Connection } from './connection.ts';
import { verdictOf } from './errors.ts';
import { openFeed } from './feed.ts';
import { numberOf, recordedEvent } from './mapping.ts';

const defaultLimit = 1_000;

export interface Reads {
  stream(name: string, options?: ReadOptions): Promise<readonly RecordedEvent[]>;
  all(options?: ReadAllOptions): Promise<readonly RecordedEvent[]>;
  /** Position of the newest event, of the system's too; −1 when there is none. */
  head(withinMs?: number): Promise<number>;
}

export function reads(connection: Connection): Reads {
  return {
    async stream(name, { direction = 'forwards', from, limit = defaultLimit } = {}) {
      if (limit <= 0) return [];
      const found = await resolvedEvents(connection, (attempt) =>
        attempt.client.db.readStream(name, { direction, fromRevision: from === undefined ? (direction === 'forwards' ? 'start' : 'end') : BigInt(from), maxCount: limit, requiresLeader: true }),
      );
      return found.flatMap((each) => recordedEvent(each) ?? []);
    },
    async all({ after, limit = defaultLimit, streamPrefix = '' } = {}) {
      // Kept over the tries: each goes on where the one before was cut off.
      const events: RecordedEvent[] = [];
      if (limit > 0) await connection.request((attempt) => readOn(attempt, { events, after, limit, streamPrefix }));
      return events;
    },
    async head(withinMs) {
      const [newest] = await resolvedEvents(connection, (attempt) => attempt.client.db.readAll({ direction: 'backwards', fromPosition: 'end', maxCount: 1, requiresLeader: true }), withinMs);
      const position = newest?.commitPosition ?? newest?.event?.position?.commit;
      return position === undefined ? -1 : numberOf(position);
    },
  };
}

/** Empty for a stream that is not there. */
export async function resolvedEvents<Found extends ResolvedEvent | AllStreamResolvedEvent>(
  connection: Connection,
  read: (attempt: Attempt) => StreamingRead<Found>,
  withinMs?: number,
): Promise<readonly Found[]> {
  try {
    return await connection.request((attempt) => collected(read(attempt), attempt), withinMs);
  } catch (error) {
    if (['missing', 'tombstoned'].includes(verdictOf(error))) return [];
    throw error;
  }
}

function collected<Found>(reading: StreamingRead<Found>, { signal, alive }: Attempt): Promise<readonly Found[]> {
  return new Promise((resolve, reject) => {
    const found: Found[] = [];
    signal.addEventListener('abort', () => void reading.cancel().catch(() => {}), { once: true });
    reading.on('data', (each: Found) => {
      found.push(each);
      alive();
    });
    // An error may follow another one: the listener stays.
    reading.on('error', reject);
    reading.on('end', () => resolve(found));
  });
}

type ReadingOn = { readonly events: RecordedEvent[]; readonly after: number | undefined; readonly limit: number; readonly streamPrefix: string };

/** A read of everything takes no filter, so this is a filtered subscription that ends where it would go live: nothing else crosses the wire. */
function readOn({ client, signal, alive }: Attempt, { events, after, limit, streamPrefix }: ReadingOn): Promise<void> {
  return new Promise((resolve, reject) => {
    const feed = openFeed(client.db, { after: events.at(-1)?.position ?? after, streamPrefix }, {
      onEvent(event) {
        alive();
        if (events.length < limit) events.push(event);
        if (events.length === limit) end();
      },
      onCheckpoint: alive,
      onCaughtUp: end,
      onEnd(error) {
        feed.close();
        reject(error);
      },
    });
    signal.addEventListener('abort', feed.close, { once: true });

    function end(): void {
      feed.close();
      resolve();
    }
  });
}
