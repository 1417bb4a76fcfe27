import type { TopicPartition } from '@hookyard/ports';
import { decoder, fetchExchange, type Decoder, type Exchange } from '../connection/kafkajs.ts';
import type { AbortedTransaction } from './records.ts';

export type FetchFrom = TopicPartition & { readonly offset: number; readonly maxBytes: number };

/** What a broker answers for one partition. `records` is a part of the answer: to be read soon, not to be kept. */
export type FetchedPart = TopicPartition & {
  readonly errorCode: number;
  /** The offset after the newest message that all in-sync replicas have. */
  readonly highWatermark: number;
  /** Nothing from here on is readable yet: a transaction is open. */
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  readonly aborted: readonly AbortedTransaction[];
  readonly records: Buffer;
};

/** A fetch of several partitions, in the order of their turn: the first that has something is served whatever its size. Topics by their names on the servers. */
export function fetchOf(parts: readonly FetchFrom[], { maxWaitMs, maxBytes }: { readonly maxWaitMs: number; readonly maxBytes: number }): Exchange<readonly FetchedPart[]> {
  const topics = parts.map(({ topic, partition, offset, maxBytes: bytes }) => ({
    topic,
    partitions: [{ partition, fetchOffset: String(offset), maxBytes: bytes }],
  }));
  return fetchExchange({ replicaId: -1, isolationLevel: 1, maxWaitTime: maxWaitMs, minBytes: 1, maxBytes, topics }, async (payload) => {
    const reader = decoder(payload);
    reader.readInt32(); // throttled for so many milliseconds
    const errorCode = reader.readInt16();
    if (errorCode !== 0) throw new Error(`the whole fetch was refused with code ${errorCode}`);
    reader.readInt32(); // session: none
    return reader.readArray(readTopic).flat();
  });
}

function readTopic(reader: Decoder): FetchedPart[] {
  const topic = reader.readString();
  return reader.readArray((each) => readPart(topic, each));
}

function readPart(topic: string, reader: Decoder): FetchedPart {
  const partition = reader.readInt32();
  const errorCode = reader.readInt16();
  const highWatermark = Number(reader.readInt64());
  const lastStableOffset = Number(reader.readInt64());
  const logStartOffset = Number(reader.readInt64());
  const aborted = reader.readArray((each) => ({ producerId: each.readInt64(), firstOffset: Number(each.readInt64()) }));
  reader.readInt32(); // the replica to prefer: only for those who name their rack
  const size = reader.readInt32();
  const records = size > 0 ? reader.readBytes(size) : Buffer.alloc(0);
  return { topic, partition, errorCode, highWatermark, lastStableOffset, logStartOffset, aborted, records };
}
