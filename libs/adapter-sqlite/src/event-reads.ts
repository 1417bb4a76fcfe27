import type { ReadOptions, RecordedEvent, Retention } from '@hookyard/ports';
import { number, text, type Database, type Row } from './driver.ts';

/** What is read of streams, in pages of about a millisecond or two, since it runs on the main thread. */
export interface EventReads {
  /** One page; go on after its last event. */
  streamPage(stream: string, options: Required<Omit<ReadOptions, 'from'>> & { readonly from: number | undefined; readonly now: number }): EventPage;
  /** One page of everything, after a position. */
  allPage(options: { readonly after: number; readonly streamPrefix: string; readonly limit: number }): EventPage;
  retention(stream: string): Retention;
  /** Position of the newest event, −1 when there is none. */
  head(): number;
}

export type EventPage = {
  readonly events: readonly RecordedEvent[];
  /** Everything up to this position (of everything) has been looked at. */
  readonly reached: number;
  /** Nothing lies beyond this page. */
  readonly atEnd: boolean;
};

const pageEvents = 250;
const pageBytes = 1024 * 1024;
// Index entries of other streams, passed over without reading the events.
const scannedEntries = 1_000;
const rememberedNames = 50_000;

const eventColumns = 'position, place, at, key, headers, value, event_id';
type StreamRow = { readonly id: number; readonly next: number; readonly first: number; readonly maxAgeMs: number | null; readonly maxCount: number | null };

export function eventReads(reader: Database): EventReads {
  const names = new Map<number, string>();
  const findName = reader.prepare('SELECT name FROM channels WHERE id = ?');
  const findStream = reader.prepare(`SELECT id, next, first, max_age_ms, max_count FROM channels WHERE kind = 'stream' AND name = ? AND partition = 0`);
  const scan = reader.prepare('SELECT position, channel FROM log INDEXED BY log_events WHERE event_id IS NOT NULL AND position > ? ORDER BY position LIMIT ?');
  const find = reader.prepare(`SELECT ${eventColumns} FROM log WHERE position = ?`);
  const inStream = (order: 'ASC' | 'DESC') =>
    reader.prepare(`SELECT ${eventColumns} FROM log WHERE channel = ? AND place BETWEEN ? AND ? AND at > ? ORDER BY place ${order} LIMIT ?`);
  const [forwards, backwards] = [inStream('ASC'), inStream('DESC')];

  const nameOf = (channel: number): string => {
    const known = names.get(channel);
    if (known !== undefined) return known;
    if (names.size >= rememberedNames) names.clear();
    const name = text(findName.get(channel)?.[0]);
    names.set(channel, name);
    return name;
  };
  const streamRow = (stream: string): StreamRow | undefined => {
    const row = findStream.get(stream);
    if (row === undefined) return undefined;
    const [id, next, first, maxAgeMs, maxCount] = row;
    return { id, next, first, maxAgeMs, maxCount } as StreamRow;
  };

  return {
    streamPage(stream, { direction, from, limit, now }) {
      const row = streamRow(stream);
      if (row === undefined) return { events: [], reached: 0, atEnd: true };
      const visible = Math.max(row.first, row.maxCount === null ? 0 : row.next - row.maxCount);
      const oldest = row.maxAgeMs === null ? -1 : now - row.maxAgeMs;
      const [low, high] = direction === 'forwards' ? [Math.max(visible, from ?? 0), row.next - 1] : [visible, Math.min(row.next - 1, from ?? row.next)];
      const most = Math.min(limit, pageEvents);
      const statement = direction === 'forwards' ? forwards : backwards;
      const page = collect(statement.iterate(row.id, low, high, oldest, most), () => stream);
      return { ...page, atEnd: !page.cutShort && page.events.length < most };
    },
    allPage({ after, streamPrefix, limit }) {
      const entries = scan.all(after, scannedEntries);
      const most = Math.min(limit, pageEvents);
      const wanted = entries.filter(([, channel]) => nameOf(number(channel)).startsWith(streamPrefix));
      const taken = wanted.slice(0, most);
      let at = 0;
      const page = collect(rowsAt(find, taken), () => nameOf(number(taken[at++]?.[1])));
      const complete = !page.cutShort && taken.length === wanted.length;
      return {
        events: page.events,
        reached: complete ? number(entries.at(-1)?.[0] ?? after) : page.reached,
        atEnd: complete && entries.length < scannedEntries,
      };
    },
    head: () => number(reader.prepare('SELECT position FROM log INDEXED BY log_events WHERE event_id IS NOT NULL ORDER BY position DESC LIMIT 1').get()?.[0] ?? -1),
    retention(stream) {
      const { maxAgeMs, maxCount } = streamRow(stream) ?? { maxAgeMs: null, maxCount: null };
      return { ...(maxAgeMs === null ? {} : { maxAgeMs }), ...(maxCount === null ? {} : { maxCount }) };
    },
  };
}

function* rowsAt(find: { get(position: number): Row | undefined }, entries: readonly Row[]): IterableIterator<Row> {
  for (const [position] of entries) {
    const row = find.get(number(position));
    if (row !== undefined) yield row;
  }
}

/** Takes rows until the page is full. */
function collect(rows: Iterable<Row>, streamOf: () => string): { readonly events: RecordedEvent[]; readonly reached: number; readonly cutShort: boolean } {
  const events: RecordedEvent[] = [];
  let bytes = 0;
  for (const row of rows) {
    const data = row[5] as Uint8Array;
    events.push(eventOf(streamOf(), row, data));
    bytes += data.length;
    if (bytes >= pageBytes) return { events, reached: number(row[0]), cutShort: true };
  }
  return { events, reached: events.at(-1)?.position ?? 0, cutShort: false };
}

function eventOf(stream: string, [position, place, at, type, metadata, , id]: Row, data: Uint8Array): RecordedEvent {
  return {
    id: text(id),
    stream,
    type: text(type),
    data: JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8')) as unknown,
    metadata: JSON.parse(text(metadata)) as Readonly<Record<string, unknown>>,
    revision: number(place),
    position: number(position),
    recordedAt: number(at),
  };
}
