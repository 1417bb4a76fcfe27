import type { Channel } from '../connection/channel.ts';
import { decoder, encoder, type Exchange } from '../connection/kafkajs.ts';
import { bytesOf, recordBatch, type RecordMessage } from './record-batch.ts';

export type Produced = {
  /** As called on the servers. */
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly RecordMessage[];
  /** Of a transaction: how many messages its producer has written to the partition before. */
  readonly firstSequence?: number;
};

export type ProduceAnswer = { readonly errorCode: number; readonly baseOffset: number };

export type ProduceOptions = {
  /** How long the leader waits for its replicas before it answers that it took too long. */
  readonly timeoutMs: number;
  readonly compression: 'none' | 'gzip';
  readonly transaction?: { readonly transactionalId: string; readonly producerId: string; readonly producerEpoch: number };
};

/** What is smaller gains little by compression, and would wait for it. */
const leastCompressedBytes = 1_024;

/**
 * Writes batches, one for each partition and all of one leader, in one request, with all in-sync replicas, and answers by place: see `placeOf`.
 * A place that the answer does not name was not written, for all one knows: it is absent.
 */
export async function produce(channel: Channel, leader: number, batches: readonly Produced[], options: ProduceOptions): Promise<ReadonlyMap<string, ProduceAnswer>> {
  const written = await Promise.all(batches.map(async (batch) => ({ batch, records: await encode(batch, options) })));
  return channel.send(leader, exchangeOf(written, options));
}

export const placeOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }): string => `${partition} ${topic}`;

function encode({ messages, firstSequence = 0 }: Produced, { compression, transaction }: ProduceOptions): Promise<Buffer> {
  const producer = transaction && { id: BigInt(transaction.producerId), epoch: transaction.producerEpoch, firstSequence, isTransactional: true };
  return recordBatch(messages, { compression: isWorthCompressing(messages) ? compression : 'none', timestamp: Date.now(), ...(producer && { producer }) });
}

function isWorthCompressing(messages: readonly RecordMessage[]): boolean {
  let bytes = 0;
  return messages.some((message) => (bytes += bytesOf(message)) >= leastCompressedBytes);
}

/** Produce 7: https://kafka.apache.org/protocol.html#The_Messages_Produce */
function exchangeOf(written: readonly { readonly batch: Produced; readonly records: Buffer }[], { timeoutMs, transaction }: ProduceOptions): Exchange<ReadonlyMap<string, ProduceAnswer>> {
  const acknowledgedByAll = -1;
  // A topic may be named once for each of its partitions.
  const topics = written.map(({ batch, records }) =>
    encoder().writeString(batch.topic).writeArray([encoder().writeInt32(batch.partition).writeInt32(records.length).writeBuffer(records)]),
  );
  return {
    request: {
      apiKey: 0,
      apiVersion: 7,
      apiName: 'Produce',
      encode: async () => encoder().writeString(transaction?.transactionalId ?? null).writeInt16(acknowledgedByAll).writeInt32(timeoutMs).writeArray(topics),
    },
    response: { decode: async (payload) => new Map(readAnswers(payload)) },
  };
}

function readAnswers(payload: Buffer): (readonly [string, ProduceAnswer])[] {
  return decoder(payload)
    .readArray((reader) => {
      const topic = reader.readString();
      return reader.readArray((each) => {
        const partition = each.readInt32();
        const errorCode = each.readInt16();
        const baseOffset = Number(each.readInt64());
        each.readInt64(); // when the log took it
        each.readInt64(); // where the log begins
        return [placeOf({ topic, partition }), { errorCode, baseOffset }] as const;
      });
    })
    .flat();
}
