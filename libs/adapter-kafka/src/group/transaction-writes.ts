import type { PlacedMessage } from '@hookyard/consumer-groups';
import type { MessagePosition } from '@hookyard/ports';
import type { Channel } from '../connection/channel.ts';
import { codes, KafkaError } from '../connection/errors.ts';
import type { ProducerIdentity } from '../connection/protocol.ts';
import type { Wire } from '../connection/wire.ts';
import { placeOf, produce } from '../publish/produce.ts';
import { bytesOf } from '../publish/record-batch.ts';

/** Writes messages as part of the open transaction and resolves with their places, in the order given. One call at a time. */
export type TransactionWrites = (messages: readonly PlacedMessage[]) => Promise<readonly MessagePosition[]>;

export type TransactionWritesOptions = { readonly wire: Wire; readonly channel: Channel; readonly compression: 'none' | 'gzip' };

/** Messages of one partition that go out together, by their place among all. */
type Slice = { readonly topic: string; readonly partition: number; readonly at: readonly number[] };

// Well below what a broker takes at once; a larger message travels alone.
const sliceBytes = 1024 * 1024;

/**
 * Sequence numbers make a batch that arrives twice known to the broker, but only if nothing else was sent in between (a batch that takes over
 * the number of a lost one is acknowledged as a repeat and gone). So: one call at a time, and after any failure the identity is not used again.
 */
export function transactionWrites({ wire, channel, compression }: TransactionWritesOptions, transaction: ProducerIdentity): TransactionWrites {
  const sequences = new Map<string, number>();

  async function send(leader: number, slices: readonly Slice[], messages: readonly PlacedMessage[]): Promise<(readonly [Slice, number])[]> {
    const batches = slices.map((slice) => ({
      topic: wire.nameOf(slice.topic),
      partition: slice.partition,
      firstSequence: numbered(slice),
      messages: slice.at.flatMap((at) => messages[at] ?? []),
    }));
    const answers = await produce(channel, leader, batches, { timeoutMs: wire.answerTimeoutMs, compression, transaction });
    return slices.map((slice) => {
      const { topic, partition } = slice;
      // An answer that leaves a partition out has not written it.
      const { errorCode, baseOffset } = answers.get(placeOf({ topic: wire.nameOf(topic), partition })) ?? { errorCode: codes.notLeader, baseOffset: -1 };
      if (errorCode !== codes.none) throw new KafkaError(errorCode, `writing to partition ${partition} of ${topic}`);
      return [slice, baseOffset] as const;
    });
  }

  function numbered(slice: Slice): number {
    const sequence = sequences.get(placeOf(slice)) ?? 0;
    sequences.set(placeOf(slice), sequence + slice.at.length);
    return sequence;
  }

  return async (messages) => {
    const positions: MessagePosition[] = [];
    for (const round of rounds(messages)) {
      const byLeader = new Map<number, Slice[]>();
      for (const slice of round) {
        const leader = await wire.metadata.leaderOf(wire.nameOf(slice.topic), slice.partition);
        byLeader.set(leader, [...(byLeader.get(leader) ?? []), slice]);
      }
      const written = await Promise.all([...byLeader].map(([leader, slices]) => send(leader, slices, messages)));
      for (const [{ topic, partition, at }, base] of written.flat()) at.forEach((each, count) => (positions[each] = { topic, partition, offset: base + count }));
    }
    return positions;
  };
}

/** At most one slice of each partition in a round, so that a partition's slices go one after the other. */
function rounds(messages: readonly PlacedMessage[]): readonly (readonly Slice[])[] {
  const found: Slice[][] = [];
  for (const slices of slicesOf(messages)) slices.forEach((slice, round) => (found[round] ??= []).push(slice));
  return found;
}

function slicesOf(messages: readonly PlacedMessage[]): readonly (readonly Slice[])[] {
  const byPlace = new Map<string, { readonly slices: { topic: string; partition: number; at: number[] }[]; bytes: number }>();
  for (const [at, message] of messages.entries()) {
    const { topic, partition } = message;
    const place = byPlace.get(placeOf(message)) ?? { slices: [], bytes: 0 };
    byPlace.set(placeOf(message), place);
    const bytes = bytesOf(message);
    const last = place.slices.at(-1);
    if (last === undefined || place.bytes + bytes > sliceBytes) {
      place.slices.push({ topic, partition, at: [at] });
      place.bytes = bytes;
    } else {
      last.at.push(at);
      place.bytes += bytes;
    }
  }
  return [...byPlace.values()].map(({ slices }) => slices);
}
