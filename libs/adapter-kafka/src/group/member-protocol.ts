import type { TopicPartition } from '@hookyard/ports';
import { decoder, encoder } from '../connection/kafkajs.ts';
import type { Claimant } from './assignor.ts';
import { byTopic } from './places.ts';

/** Changes when members of different builds could no longer understand each other: a group has members of one protocol only. */
export const protocolName = 'hookyard-1';

/** Topics by number of partitions. */
type Places = Readonly<Record<string, readonly number[]>>;

type Claim = { readonly topics: readonly string[]; readonly owned: Places; readonly generation: number };

/**
 * What a member tells when it joins, in the form of Kafka's `consumer` protocol: the servers keep the positions in `keptTopics` (by their
 * names there) for as long as there are members, and tools show them; the rest is for the group's leader.
 */
export function encodeClaim({ topics, owned, generation }: Omit<Claimant, 'memberId'>, keptTopics: readonly string[]): Buffer {
  const claim: Claim = { topics, owned: placesOf(owned), generation };
  return encoder()
    .writeInt16(0)
    .writeArray(keptTopics)
    .writeBytes(Buffer.from(JSON.stringify(claim))).buffer;
}

/** Undefined for what another kind of member has written, which therefore is given nothing. */
export function decodeClaim(memberId: string, metadata: Buffer): Claimant | undefined {
  const read = decoder(metadata);
  read.readInt16();
  read.readArray((each) => each.readString());
  const claim = parsed<Claim>(read.readBytes());
  return claim && { memberId, topics: claim.topics, owned: listOf(claim.owned), generation: claim.generation };
}

export type Assignment = {
  readonly partitions: readonly TopicPartition[];
  /** Whether partitions still wait for their present owners: another assignment will follow. */
  readonly isPending: boolean;
  /** Every topic that some member of the group consumes. */
  readonly consumed: readonly string[];
};

/** In the same form: the partitions as tools show them, by `nameOf` their topics, then once more for this protocol. */
export function encodeAssignment({ partitions, isPending, consumed }: Assignment, nameOf: (topic: string) => string): Buffer {
  const places = placesOf(partitions);
  return encoder()
    .writeInt16(0)
    .writeArray(Object.entries(places).map(([topic, numbers]) => encoder().writeString(nameOf(topic)).writeArray(numbers)))
    .writeBytes(Buffer.from(JSON.stringify({ places, isPending, consumed }))).buffer;
}

export function decodeAssignment(assignment: Buffer): Assignment {
  if (assignment.length === 0) return { partitions: [], isPending: false, consumed: [] };
  const read = decoder(assignment);
  read.readInt16();
  read.readArray((each) => [each.readString(), each.readArray((one) => one.readInt32())]);
  const found = parsed<{ readonly places: Places; readonly isPending: boolean; readonly consumed: readonly string[] }>(read.readBytes());
  return { partitions: listOf(found?.places ?? {}), isPending: found?.isPending ?? false, consumed: found?.consumed ?? [] };
}

function parsed<Content>(bytes: Buffer | null): Content | undefined {
  return bytes === null || bytes.length === 0 ? undefined : (JSON.parse(bytes.toString()) as Content);
}

function placesOf(owned: readonly TopicPartition[]): Places {
  return Object.fromEntries([...byTopic(owned)].map(([topic, places]) => [topic, places.map(({ partition }) => partition)]));
}

function listOf(owned: Places): TopicPartition[] {
  return Object.entries(owned).flatMap(([topic, partitions]) => partitions.map((partition) => ({ topic, partition })));
}
