import type { ReadPosition, ResolvedEvent } from '@eventstore/db-client';
import type { NewEvent, RecordedEvent } from '@hookyard/ports';
import type { ProposedEvent } from './protocol.ts';

/** The part of a resolved event that we look at; the same whether it was read from a stream or from all. */
export type Resolved = Pick<ResolvedEvent, 'event' | 'link' | 'commitPosition'>;

/** Positions and revisions are 64-bit numbers there, and exact here up to 2^53 − 1: nine petabytes of events. */
export function numberOf(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError(`${value} lies beyond 2^53 − 1`);
  return Number(value);
}

/** Where to go on after a position that the store has told; before the first one: the start. */
export function positionOf(after: number | undefined): ReadPosition {
  if (after === undefined || after < 0) return 'start';
  return { commit: BigInt(after), prepare: BigInt(after) };
}

/** System streams and system events begin so; they are not ours. */
export function isSystem(name: string): boolean {
  return name.startsWith('$');
}

/** Undefined for what is not an application's event: system events, links to events elsewhere. */
export function recordedEvent({ event, link, commitPosition }: Resolved): RecordedEvent | undefined {
  if (event === undefined || link !== undefined || isSystem(event.streamId) || isSystem(event.type)) return undefined;
  const position = event.position?.commit ?? commitPosition;
  if (position === undefined) throw new Error('the server tells no positions: EventStoreDB 22.6 or later is needed');
  return {
    id: event.id,
    stream: event.streamId,
    type: event.type,
    data: event.data,
    metadata: objectOf(event.metadata),
    revision: numberOf(event.revision),
    position: numberOf(position),
    recordedAt: event.created.getTime(),
  };
}

function objectOf(metadata: unknown): Readonly<Record<string, unknown>> {
  const isObject = typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata) && !(metadata instanceof Uint8Array);
  return isObject ? (metadata as Readonly<Record<string, unknown>>) : {};
}

// RFC 9562, any version.
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** As they go out. What is no JSON value is refused here, before anything is sent. */
export function proposedEvents(events: readonly NewEvent[]): readonly ProposedEvent[] {
  return events.map(({ id, type, data, metadata }) => {
    // One wrong id would end the stream that all appends share.
    if (!uuid.test(id)) throw new TypeError(`the id of an event must be a UUID, not '${id}'`);
    if (isSystem(type)) throw new TypeError(`the type of an event must not begin with $: ${type}`);
    const what = `of event ${id} (${type})`;
    return { id, type, data: json(data ?? null, `the data ${what}`), ...(metadata === undefined ? {} : { metadata: json(metadata, `the metadata ${what}`) }) };
  });
}

function json(value: unknown, what: string): Buffer {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw new TypeError(`${what} is not a JSON value: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  if (text === undefined) throw new TypeError(`${what} is not a JSON value: a ${typeof value}`);
  return Buffer.from(text, 'utf8');
}
