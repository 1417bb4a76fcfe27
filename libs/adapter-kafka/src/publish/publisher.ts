import { Fault, partitionOf } from '@hookyard/event-schemas';
import type { MessagePosition, OutgoingMessage } from '@hookyard/ports';
import { unavailable } from '../connection/errors.ts';
import type { KafkaContext } from '../context.ts';
import { withMovedTime } from './moved-time.ts';
import { pieces } from './partition-queue.ts';
import { batchBytes, sender } from './sender.ts';

/** The port's `publish`, by a plain producer: what the servers did not acknowledge is sent again, and may be there twice. */
export interface Publisher {
  publish(messages: readonly OutgoingMessage[]): Promise<readonly MessagePosition[]>;
  /** Resolves when what was published before has ended one way or the other. */
  idle(): Promise<void>;
  /** Refuses what still waits with `closed`. */
  close(): void;
}

// Enough for bursts, and an end to them.
const mostWaitingBytes = 256 * 1024 * 1024;

type Placed = { readonly partition: number; readonly topic: string; readonly messages: OutgoingMessage[]; readonly indexes: number[] };

export function publisher({ wire, topics, options: { compression = 'gzip', requestTimeoutMs = 30_000 } }: KafkaContext): Publisher {
  const sending = sender(wire, compression);
  const open = new Map<Promise<unknown>, (error: unknown) => void>();
  let waitingBytes = 0;

  /** The messages by partition; each knows its place in the order given. */
  async function place(messages: readonly OutgoingMessage[]): Promise<readonly Placed[]> {
    const placed = new Map<string, Placed>();
    for (const [index, message] of messages.entries()) {
      const { topic, key } = message;
      const partitions = topics.knownPartitions(topic) ?? (await topics.partitions(topic));
      const partition = message.partition ?? partitionOf(key, partitions);
      if (partition >= partitions || partition < 0) await topics.requirePartition(topic, partition);
      const at = `${partition} ${topic}`;
      const found = placed.get(at) ?? { topic, partition, messages: [], indexes: [] };
      if (found.messages.length === 0) placed.set(at, found);
      found.messages.push(withMovedTime(message));
      found.indexes.push(index);
    }
    return [...placed.values()];
  }

  function send({ topic, partition, messages, indexes }: Placed, isAwaited: () => boolean, positions: MessagePosition[]): Promise<unknown> {
    let first = 0;
    const sent = pieces(messages, batchBytes).map((piece) => {
      const from = first;
      first += piece.messages.length;
      waitingBytes += piece.bytes;
      const written = new Promise<number>((resolve, reject) => sending.add(wire.nameOf(topic), partition, { ...piece, isAwaited, resolve, reject }));
      return written.then((baseOffset) => {
        piece.messages.forEach((_, at) => (positions[indexes[from + at] ?? 0] = { topic, partition, offset: baseOffset + at }));
        wire.health.count('published', piece.messages.length);
        wire.health.count('publishedBytes', piece.bytes);
      });
    });
    return Promise.all(sent);
  }

  async function publish(messages: readonly OutgoingMessage[]): Promise<readonly MessagePosition[]> {
    wire.requireOpen();
    if (messages.length === 0) return [];
    const placed = await place(messages);
    if (waitingBytes > mostWaitingBytes) throw new Fault('overloaded', {}, { message: 'Too much waits to be written to Kafka.' });
    const positions: MessagePosition[] = new Array<MessagePosition>(messages.length);
    await inTime((isAwaited) => Promise.all(placed.map((each) => send(each, isAwaited, positions))));
    return positions;
  }

  /** Ends the waiting after the time, or when the publisher is closed; nothing is sent any more then for those who waited. */
  function inTime(work: (isAwaited: () => boolean) => Promise<unknown>): Promise<void> {
    let isAwaited = true;
    const before = waitingBytes;
    const working = work(() => isAwaited);
    const bytes = waitingBytes - before;
    return new Promise<void>((resolve, reject) => {
      const refuse = (error: unknown): void => {
        end();
        reject(error instanceof Error ? error : new Error(String(error)));
      };
      const timer = setTimeout(() => refuse(unavailable('write the messages', new Error(wire.health.state().detail ?? 'no acknowledgement came'))), requestTimeoutMs);
      const end = (): void => {
        if (isAwaited) waitingBytes -= bytes;
        isAwaited = false;
        clearTimeout(timer);
        open.delete(working);
      };
      open.set(working, refuse);
      working.then(() => {
        end();
        resolve();
      }, refuse);
    });
  }

  return {
    publish,
    async idle() {
      await Promise.allSettled(open.keys());
    },
    close() {
      sending.close();
      for (const refuse of [...open.values()]) refuse(new Fault('closed'));
    },
  };
}
