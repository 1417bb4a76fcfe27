import type { EventDocument } from '@hookyard/event-schemas';
import type { Collection, Write } from '@hookyard/ports';
import type { ArrivedEvent } from './arrived-event.ts';

/** Answers those that arrive for the first time, in order, and has them known from then on. */
export type KnownEvents = (arrived: readonly ArrivedEvent[]) => Promise<readonly ArrivedEvent[]>;

/**
 * `(source, id)` names an event within its project: who comes second is a repeat. An event that is known with its own place
 * is no repeat: it was made known by a batch that was never committed, and is matched again.
 */
export function knownEvents(events: Pick<Collection<EventDocument>, 'upsert' | 'getMany' | 'delete'>, keepMs: number): KnownEvents {
  /** The events that another one of the same name came before, in the store. */
  async function repeatsAmong(unique: readonly ArrivedEvent[]): Promise<ReadonlySet<string>> {
    const stale = await put(unique);
    if (stale.length === 0) return new Set();
    const known = new Map((await events.getMany(stale.map(({ id }) => id))).map(({ id, document }) => [id, document]));
    // Either nobody finds it any more, or it is of a time that was over when this one came: so it also is when both are handled again later.
    const expired = stale.filter(({ id, acceptedAt }) => (known.get(id)?.acceptedAt ?? -Infinity) + keepMs <= acceptedAt);
    if (expired.length > 0) {
      await events.delete(expired.map(({ id }) => id));
      await put(expired);
    }
    const isExpired = new Set(expired);
    return new Set(stale.filter((event) => !isExpired.has(event) && !isOwn(event, known.get(event.id))).map(({ id }) => id));
  }

  async function put(unique: readonly ArrivedEvent[]): Promise<readonly ArrivedEvent[]> {
    const answers = await events.upsert(unique.map((event) => writeOf(event, keepMs)));
    return unique.filter((_, at) => answers[at] === 'stale');
  }

  return async (arrived) => {
    const firsts = new Map<string, ArrivedEvent>();
    for (const event of arrived) if (!firsts.has(event.id)) firsts.set(event.id, event);
    const unique = [...firsts.values()];
    if (unique.length === 0) return [];
    const repeats = await repeatsAmong(unique);
    return unique.filter(({ id }) => !repeats.has(id));
  };
}

function isOwn({ origin }: ArrivedEvent, known: EventDocument | undefined): boolean {
  return known === undefined || (known.origin.partition === origin.partition && known.origin.offset === origin.offset);
}

function writeOf({ id, attributes, acceptedAt, origin }: ArrivedEvent, keepMs: number): Write<EventDocument> {
  const { project, type, source, subject } = attributes;
  const document = { id, project, type, source, ...(subject === undefined ? {} : { subject }), acceptedAt, attributes, origin };
  return { id, revision: 1, document, expiresAt: acceptedAt + keepMs };
}
