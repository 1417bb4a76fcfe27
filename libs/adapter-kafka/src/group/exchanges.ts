import { decoder, encoder, type Decoder, type Encoder, type Exchange } from '../connection/kafkajs.ts';
import type { ByTopic, ProducerIdentity } from '../connection/protocol.ts';

// Three requests in versions that kafkajs does not have. All are of Kafka's "flexible" form (KIP-482): compact lists and texts, whose lengths
// are one more than they are, and a list of tagged fields, here always empty, after every structure.

export type CommittedOffset = { readonly partition: number; readonly errorCode: number; readonly offset: number; readonly mark: string };

/**
 * The group's positions in these places. `isStable`: those that a transaction is about to change are answered with the error
 * `unstableOffsetCommit` instead of as they were before it (OffsetFetch 7, KIP-447).
 */
export function offsetFetch(asks: {
  readonly groupId: string;
  readonly topics: readonly ByTopic<number>[];
  readonly isStable: boolean;
}): Exchange<{ readonly errorCode: number; readonly topics: readonly ByTopic<CommittedOffset>[] }> {
  return flexible('OffsetFetch', 9, 7, {
    write: (body) =>
      text(body, asks.groupId)
        .writeEncoder(list(asks.topics, ({ topic, partitions }) => tags(text(encoder(), topic).writeEncoder(list(partitions, (each) => encoder().writeInt32(each))))))
        .writeBoolean(asks.isStable),
    read(body) {
      body.readInt32();
      const topics = listOf(body, () => {
        const topic = body.readUVarIntString();
        const partitions = listOf(body, () => {
          const [partition, offset] = [body.readInt32(), Number(String(body.readInt64()))];
          body.readInt32();
          const mark = body.readUVarIntString() ?? '';
          const errorCode = body.readInt16();
          body.readTaggedFields();
          return { partition, errorCode, offset, mark };
        });
        body.readTaggedFields();
        return { topic, partitions };
      });
      return { topics, errorCode: body.readInt16() };
    },
  });
}

export type TransactionPosition = { readonly partition: number; readonly offset: number };

/**
 * Adds the group's positions to a transaction, if this member still belongs to this generation of the group (TxnOffsetCommit 3, KIP-447):
 * what makes it safe that a process which slept wakes up. `mark` is kept with each position.
 */
export function transactionOffsets(
  asks: ProducerIdentity & {
    readonly groupId: string;
    readonly generationId: number;
    readonly memberId: string;
    readonly mark: string;
    readonly topics: readonly ByTopic<TransactionPosition>[];
  },
): Exchange<{ readonly topics: readonly ByTopic<{ readonly partition: number; readonly errorCode: number }>[] }> {
  const position = ({ partition, offset }: TransactionPosition) =>
    tags(text(encoder().writeInt32(partition).writeInt64(String(offset)).writeInt32(-1), asks.mark));
  return flexible('TxnOffsetCommit', 28, 3, {
    write: (body) =>
      text(text(body, asks.transactionalId), asks.groupId)
        .writeInt64(asks.producerId)
        .writeInt16(asks.producerEpoch)
        .writeInt32(asks.generationId)
        .writeEncoder(text(encoder(), asks.memberId))
        .writeUVarInt(0)
        .writeEncoder(list(asks.topics, ({ topic, partitions }) => tags(text(encoder(), topic).writeEncoder(list(partitions, position))))),
    read(body) {
      body.readInt32();
      const topics = listOf(body, () => {
        const topic = body.readUVarIntString();
        const partitions = listOf(body, () => {
          const answered = { partition: body.readInt32(), errorCode: body.readInt16() };
          body.readTaggedFields();
          return answered;
        });
        body.readTaggedFields();
        return { topic, partitions };
      });
      return { topics };
    },
  });
}

/** Where a transactional id stands, as its coordinator says it: `Ongoing`, `PrepareCommit`, `CompleteCommit`, … (DescribeTransactions 0). */
export function describeTransaction(transactionalId: string): Exchange<{ readonly errorCode: number; readonly state: string }> {
  return flexible('DescribeTransactions', 65, 0, {
    write: (body) => body.writeEncoder(list([transactionalId], (id) => text(encoder(), id))),
    read(body) {
      body.readInt32();
      const [found] = listOf(body, () => {
        const errorCode = body.readInt16();
        body.readUVarIntString();
        const state = body.readUVarIntString();
        body.readInt32();
        body.readInt64();
        body.readInt64();
        body.readInt16();
        listOf(body, () => {
          body.readUVarIntString();
          listOf(body, () => body.readInt32());
          body.readTaggedFields();
        });
        body.readTaggedFields();
        return { errorCode, state };
      });
      return found ?? { errorCode: -1, state: '' };
    },
  });
}

type Body<Answered> = { readonly write: (body: Encoder) => Encoder; readonly read: (body: Decoder) => Answered };

function flexible<Answered>(apiName: string, apiKey: number, apiVersion: number, body: Body<Answered>): Exchange<Answered> {
  return {
    // Both headers end in tagged fields too; kafkajs writes and reads what comes before them.
    request: { apiKey, apiVersion, apiName, encode: async () => tags(body.write(tags(encoder()))) },
    response: {
      async decode(payload) {
        const answered = decoder(payload);
        answered.readTaggedFields();
        return body.read(answered);
      },
    },
  };
}

function tags(structure: Encoder): Encoder {
  return structure.writeUVarInt(0);
}

function text(structure: Encoder, value: string): Encoder {
  return structure.writeUVarIntString(value);
}

function list<Each>(values: readonly Each[], write: (value: Each) => Encoder): Encoder {
  const written = encoder().writeUVarInt(values.length + 1);
  for (const value of values) written.writeEncoder(write(value));
  return written;
}

function listOf<Each>(body: Decoder, read: () => Each): Each[] {
  return Array.from({ length: Math.max(body.readUVarInt() - 1, 0) }, read);
}
