import type { OutgoingMessage } from '@hookyard/ports';
import { bytesOf } from './record-batch.ts';

/** Messages of one caller for one partition that go out together, and what becomes of them. */
export type Entry = {
  readonly messages: readonly OutgoingMessage[];
  readonly bytes: number;
  /** False once the caller was told that it took too long. */
  readonly isAwaited: () => boolean;
  /** The offset of the first; the others follow it. */
  readonly resolve: (baseOffset: number) => void;
  readonly reject: (error: unknown) => void;
};

/** What waits to be written to one partition, in order. One batch at a time is on its way, so that none overtakes another when it is sent again. */
export interface PartitionQueue {
  /** As called on the servers. */
  readonly topic: string;
  readonly partition: number;
  add(entry: Entry): void;
  /** From the front what fits into so many bytes, the first in any case; the same again until it was written or refused, without what nobody waits for. */
  batch(maxBytes: number): readonly Entry[];
  /** The batch was written. */
  written(baseOffset: number): void;
  /** The batch was refused for good. */
  refused(error: unknown): void;
  /** The batch was too large as a whole: half of it next time. False when it is but one entry. */
  halve(): boolean;
  isEmpty(): boolean;
}

export function partitionQueue(topic: string, partition: number): PartitionQueue {
  let waiting: Entry[] = [];
  let current: Entry[] = [];

  function end(tell: (entry: Entry) => void): void {
    for (const entry of current.splice(0)) tell(entry);
  }

  return {
    topic,
    partition,
    add: (entry) => void waiting.push(entry),
    batch(maxBytes) {
      current = current.filter(({ isAwaited }) => isAwaited());
      if (current.length > 0) return current;
      waiting = waiting.filter(({ isAwaited }) => isAwaited());
      let bytes = 0;
      const fitting = waiting.findIndex((entry, at) => (bytes += entry.bytes) > maxBytes && at > 0);
      current = waiting.splice(0, fitting < 0 ? waiting.length : fitting);
      return current;
    },
    written(baseOffset) {
      let offset = baseOffset;
      end((entry) => {
        entry.resolve(offset);
        offset += entry.messages.length;
      });
    },
    refused: (error) => end(({ reject }) => reject(error)),
    halve() {
      if (current.length < 2) return false;
      waiting = [...current.splice(Math.ceil(current.length / 2)), ...waiting];
      return true;
    },
    isEmpty: () => waiting.length === 0 && current.length === 0,
  };
}

/** Cuts what one caller gives for one partition into pieces of so many bytes at most; a larger message is a piece of its own. */
export function pieces(messages: readonly OutgoingMessage[], maxBytes: number): { readonly messages: readonly OutgoingMessage[]; readonly bytes: number }[] {
  const cut: { messages: OutgoingMessage[]; bytes: number }[] = [];
  for (const message of messages) {
    const size = bytesOf(message);
    const last = cut.at(-1);
    if (last === undefined || last.bytes + size > maxBytes) cut.push({ messages: [message], bytes: size });
    else {
      last.messages.push(message);
      last.bytes += size;
    }
  }
  return cut;
}
