import { withinBytes } from '@hookyard/consumer-groups';
import type { Message, TopicPartition } from '@hookyard/ports';

/** What was fetched of one partition and waits to be handled. Its place to read from only grows, unless the server had to set it back. */
export interface PartitionBuffer {
  readonly at: TopicPartition;
  /** Everything before has been fetched: it is in the buffer, was taken, or is not for readers (markers, aborted, compacted away). */
  end(): number;
  /**
   * Consecutive messages from `from` on; empty when all that was fetched lies before. Forgets what lies before `from`, and keeps what
   * it answers until the next call, so that it can be asked for again.
   */
  read(from: number, limit: number, maxBytes?: number): readonly Message[];
  /** Fetches no more until resumed; what is in the buffer stays. */
  pause(): void;
  resume(): void;
  /** Ends the fetching of this partition and forgets all of it. */
  remove(): void;
}

/** The store behind a buffer: a queue in offset order that knows its bytes. */
export interface Stock {
  readonly bytes: () => number;
  readonly end: () => number;
  add(messages: readonly Message[], next: number): void;
  read(from: number, limit: number, maxBytes?: number): readonly Message[];
  /** Empties it, to go on elsewhere. */
  reset(next: number): void;
}

export function stock(from: number): Stock {
  let messages: readonly Message[] = [];
  let first = 0;
  let bytes = 0;
  let end = from;

  function forgetBefore(offset: number): void {
    for (let message = messages[first]; message !== undefined && message.offset < offset; message = messages[first]) {
      bytes -= sizeOf(message);
      first += 1;
    }
    // What was handled goes when it is as much as what is left: each message is moved once on average.
    if (first > 0 && first * 2 >= messages.length) {
      messages = messages.slice(first);
      first = 0;
    }
  }

  return {
    bytes: () => bytes,
    end: () => end,
    add(added, next) {
      if (added.length > 0) {
        messages = first === messages.length ? added : [...messages.slice(first), ...added];
        first = 0;
        for (const message of added) bytes += sizeOf(message);
      }
      end = next;
    },
    read(offset, limit, maxBytes) {
      forgetBefore(offset);
      const found = messages.slice(first, first + limit);
      return maxBytes === undefined ? found : withinBytes(found, maxBytes);
    },
    reset(next) {
      [messages, first, bytes, end] = [[], 0, 0, next];
    },
  };
}

// What an object with its strings and headers takes beside them, roughly.
const objectBytes = 200;

function sizeOf({ value, key }: Message): number {
  return (value?.length ?? 0) + key.length + objectBytes;
}
