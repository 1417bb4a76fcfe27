import type { Page } from '@hookyard/consumer-groups';
import type { Headers } from '@hookyard/event-schemas';
import type { Message } from '@hookyard/ports';
import { number, text, type Database, type SqlValue } from './driver.ts';
import type { Partition } from './topics.ts';

/** What is read of topics from disk: each call a few index steps or one bounded page, since it runs on the main thread. */
export interface LogReads {
  low(partition: Partition): number;
  /** Below the high offset; at least one message when there is any. */
  page(partition: Partition, page: Page): readonly Message[];
  offsetAt(partition: Partition, timeMs: number): number;
}

// About a millisecond or two of reading.
const pageMessages = 250;
const pageBytes = 1024 * 1024;

export function logReads(reader: Database): LogReads {
  const oldest = reader.prepare('SELECT place FROM log WHERE channel = ? ORDER BY place LIMIT 1');
  const page = reader.prepare('SELECT place, at, key, headers, value FROM log WHERE channel = ? AND place >= ? AND place < ? ORDER BY place LIMIT ?');
  const next = reader.prepare('SELECT place, at FROM log WHERE channel = ? AND place >= ? ORDER BY place LIMIT 1');
  return {
    low: ({ channel, high }) => Math.min(number(oldest.get(channel)?.[0] ?? high), high),
    page(partition, { from, limit, maxBytes }) {
      const messages: Message[] = [];
      let bytes = 0;
      for (const [place, at, key, headers, value] of page.iterate(partition.channel, from, partition.high, Math.min(limit, pageMessages))) {
        const bytesOfValue = bufferOf(value);
        bytes += bytesOfValue?.length ?? 0;
        if (bytes > maxBytes && messages.length > 0) break;
        messages.push({
          topic: partition.topic,
          partition: partition.partition,
          offset: number(place),
          key: text(key),
          value: bytesOfValue,
          headers: JSON.parse(text(headers)) as Headers,
          publishedAt: number(at),
        });
        if (bytes >= pageBytes) break;
      }
      return messages;
    },
    // Times do not go back within a partition (but for some milliseconds, in what was moved here), so halving finds the place.
    offsetAt({ channel, high }, timeMs) {
      let from = 0;
      let to = high;
      while (from < to) {
        const middle = Math.floor((from + to) / 2);
        const found = next.get(channel, middle);
        if (found === undefined || number(found[0]) >= to) to = middle;
        else if (number(found[1]) >= timeMs) to = middle;
        else from = number(found[0]) + 1;
      }
      return number(next.get(channel, from)?.[0] ?? high);
    },
  };
}

function bufferOf(value: SqlValue | undefined): Buffer | null {
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : null;
}
