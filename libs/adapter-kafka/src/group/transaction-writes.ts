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

type Numbered = Slice & { readonly firstSequence: number };
type Written = { readonly slice: Numbered; readonly errorCode: number; readonly baseOffset: number };

// Refused before anything was written: the partition is led elsewhere or by nobody yet, or (told as a lack of replicas to clients of this
// protocol version) the leader could not yet make sure that the transaction is under way.
const notWritten = new Set<number>([codes.unknownTopicOrPartition, codes.leaderNotAvailable, codes.notLeader, codes.notEnoughReplicas]);
const shortestPauseMs = 5;
// The last of them after 1.3 s: beyond that the transaction begins anew.
const mostTries = 8;

// Well below what a broker takes at once; a larger message travels alone.
const sliceBytes = 1024 * 1024;

/**
 * Sequence numbers make a batch that arrives twice known to the broker, but only if nothing else was sent in between (a batch that takes over
 * the number of a lost one is acknowledged as a repeat and gone). So: one call at a time, and after any failure the identity is not used again.
 */
export function transactionWrites({ wire, channel, compression }: TransactionWritesOptions, transaction: ProducerIdentity): TransactionWrites {
  const sequences = new Map<string, number>();

  async function send(leader: number, slices: readonly Numbered[], messages: readonly PlacedMessage[]): Promise<readonly Written[]> {
    const batches = slices.map(({ topic, partition, firstSequence, at }) => ({
      topic: wire.nameOf(topic),
      partition,
      firstSequence,
      messages: at.flatMap((each) => messages[each] ?? []),
    }));
    const answers = await produce(channel, leader, batches, { timeoutMs: wire.answerTimeoutMs, compression, transaction });
    // An answer that leaves a partition out has not written it.
    return slices.map((slice) => ({ slice, errorCode: codes.notLeader, baseOffset: -1, ...answers.get(placeOf({ ...slice, topic: wire.nameOf(slice.topic) })) }));
  }

  async function sendAll(slices: readonly Numbered[], messages: readonly PlacedMessage[]): Promise<readonly Written[]> {
    const byLeader = new Map<number, Numbered[]>();
    for (const slice of slices) {
      const leader = await wire.metadata.leaderOf(wire.nameOf(slice.topic), slice.partition);
      byLeader.set(leader, [...(byLeader.get(leader) ?? []), slice]);
    }
    return (await Promise.all([...byLeader].map(([leader, together]) => send(leader, together, messages)))).flat();
  }

  /** Sends again, under the same number, what was refused before it was written. */
  async function write(round: readonly Slice[], messages: readonly PlacedMessage[]): Promise<readonly Written[]> {
    const done: Written[] = [];
    let waiting: readonly Numbered[] = round.map((slice) => ({ ...slice, firstSequence: numbered(slice) }));
    for (let tries = 1; waiting.length > 0; tries += 1) {
      const written = await sendAll(waiting, messages);
      const refused = written.filter(({ errorCode }) => errorCode !== codes.none);
      for (const { slice, errorCode } of refused) {
        const { topic, partition } = slice;
        if (!notWritten.has(errorCode) || tries === mostTries) throw new KafkaError(errorCode, `writing to partition ${partition} of ${topic}`);
      }
      done.push(...written.filter(({ errorCode }) => errorCode === codes.none));
      waiting = refused.map(({ slice }) => slice);
      if (refused.some(({ errorCode }) => errorCode !== codes.notEnoughReplicas)) wire.metadata.doubt();
      if (waiting.length > 0) await wire.pause(shortestPauseMs * 2 ** tries);
    }
    return done;
  }

  function numbered(slice: Slice): number {
    const sequence = sequences.get(placeOf(slice)) ?? 0;
    sequences.set(placeOf(slice), sequence + slice.at.length);
    return sequence;
  }

  return async (messages) => {
    const positions: MessagePosition[] = [];
    for (const round of rounds(messages)) {
      for (const { slice, baseOffset } of await write(round, messages)) {
        const { topic, partition, at } = slice;
        at.forEach((each, count) => (positions[each] = { topic, partition, offset: baseOffset + count }));
      }
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
