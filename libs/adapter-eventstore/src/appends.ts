import { Fault } from '@hookyard/event-schemas';
import type { Appended, ExpectedRevision, NewEvent } from '@hookyard/ports';
import type { AppendAnswer } from './append-stream.ts';
import type { Connection } from './connection.ts';
import { verdictOf } from './errors.ts';
import type { Heads } from './heads.ts';
import { numberOf, proposedEvents } from './mapping.ts';
import type { Reads } from './reads.ts';

/** Appends at an exact revision only: the server recognises the same ids at the same place for ever, so that a try whose outcome is not known may be repeated. */
export function appends(connection: Connection, reads: Reads, heads: Heads) {
  async function send(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<AppendAnswer> {
    const request = { stream, events: proposedEvents(events), expected };
    let sent = 0;
    try {
      return await connection.request(({ client, signal }) => {
        sent += 1;
        if (sent > 1) connection.count('resent');
        return client.append(request, signal);
      });
    } catch (error) {
      throw refusalOf(error, stream, expected);
    }
  }

  return async function append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended> {
    const mark = heads.begin();
    try {
      const answer = await send(stream, events, expected);
      const revision = numberOf(answer.revision);
      // Only for a repeat the server tells no position.
      if (answer.position === undefined) return { revision, position: await positionAt(stream, revision), repeated: true };
      const position = numberOf(answer.position);
      return { revision, position, repeated: mark.isRepeat(position) };
    } finally {
      mark.end();
    }
  };

  async function positionAt(stream: string, revision: number): Promise<number> {
    const [event] = await reads.stream(stream, { from: revision, limit: 1 });
    return event?.revision === revision ? event.position : reads.head();
  }
}

function refusalOf(cause: unknown, stream: string, expected: ExpectedRevision): unknown {
  const verdict = verdictOf(cause);
  if (verdict === 'conflict') {
    const { actualVersion } = cause as { readonly actualVersion?: bigint | 'no_stream' };
    const current = typeof actualVersion === 'bigint' ? numberOf(actualVersion) : -1;
    return new Fault('version_conflict', { stream, expected, current }, { cause });
  }
  if (verdict === 'too_large') {
    const { maxAppendSize } = cause as { readonly maxAppendSize?: number };
    return new Fault('payload_too_large', { stream, maxBytes: maxAppendSize }, { cause });
  }
  if (verdict === 'tombstoned') return new Error(`the stream ${stream} was deleted for good by another program: nothing can be appended to it`, { cause });
  return cause;
}
