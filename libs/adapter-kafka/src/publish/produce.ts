import type { OutgoingMessage } from '@hookyard/ports';
import type { Channel } from '../connection/channel.ts';
import type { ByTopic, ProducedMessage, ProducerIdentity } from '../connection/protocol.ts';

export type Produced = {
  readonly partition: number;
  /** As called on the servers. */
  readonly topic: string;
  readonly messages: readonly ProducedMessage[];
  /** Of a transaction: how many messages its producer has written to the partition before. */
  readonly firstSequence?: number;
};

export type ProduceAnswer = { readonly errorCode: number; readonly baseOffset: number };

export type ProduceOptions = {
  readonly timeoutMs: number;
  readonly compression: 'none' | 'gzip';
  readonly transaction?: ProducerIdentity;
};

// Of record batches: https://kafka.apache.org/documentation/#recordbatch
const codecs = { none: 0, gzip: 1 } as const;
/** What is smaller gains little by compression, and waits for it. */
const leastCompressedBytes = 1_024;

/**
 * Writes batches of one leader's partitions in one request, with all in-sync replicas, and answers by place: "partition topic".
 * A place that the answer does not name was not written, for all one knows: it is absent.
 */
export async function produce(channel: Channel, leader: number, batches: readonly Produced[], options: ProduceOptions): Promise<ReadonlyMap<string, ProduceAnswer>> {
  const topics = new Map<string, ByTopic<Produced>['partitions'][number][]>();
  for (const batch of batches) topics.set(batch.topic, [...(topics.get(batch.topic) ?? []), batch]);
  const { topics: answered } = await channel.ask(leader, 'Produce', {
    acks: -1,
    timeout: options.timeoutMs,
    compression: codecs[isWorthCompressing(batches) ? options.compression : 'none'],
    ...options.transaction,
    topicData: [...topics].map(([topic, partitions]) => ({ topic, partitions })),
  });
  return new Map(
    answered.flatMap(({ topicName, partitions }) =>
      partitions.map(({ partition, errorCode, baseOffset }) => [placeOf({ topic: topicName, partition }), { errorCode, baseOffset: Number(baseOffset) }] as const),
    ),
  );
}

export const placeOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }): string => `${partition} ${topic}`;

/** A message as the wire wants it. */
export function toProduced({ key, value, headers = {} }: OutgoingMessage): ProducedMessage {
  return { key, value, headers };
}

// Overhead of a record: lengths, deltas, header counts.
const recordBytes = 30;

/** What a message takes on the wire before compression, roughly and rather more. */
export function bytesOf({ key, value, headers }: Pick<OutgoingMessage, 'key' | 'value' | 'headers'>): number {
  let bytes = recordBytes + 3 * key.length + (value?.length ?? 0);
  for (const name in headers) bytes += 3 * (name.length + (headers[name]?.length ?? 0)) + 4;
  return bytes;
}

function isWorthCompressing(batches: readonly Produced[]): boolean {
  let bytes = 0;
  for (const { messages } of batches) {
    for (const message of messages) if ((bytes += bytesOf(message)) >= leastCompressedBytes) return true;
  }
  return false;
}
