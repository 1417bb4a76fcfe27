import type { Channel } from '../connection/channel.ts';
import { codes, KafkaError, requireOk } from '../connection/errors.ts';
import type { Wire } from '../connection/wire.ts';

/** The oldest offset kept, the offset after the newest message (whether or not its transaction has ended), or the first at or after a time. */
export type Sought = 'oldest' | 'next' | { readonly atMs: number };

/** Asks the leaders of partitions for offsets. */
export interface Offsets {
  /** For all partitions unless told which; one is absent when nothing was published at the time or after. */
  find(topic: string, sought: Sought, partitions?: readonly number[]): Promise<ReadonlyMap<number, number>>;
}

// Of ListOffsets: https://kafka.apache.org/protocol.html#The_Messages_ListOffsets
const next = -1;
const oldest = -2;
const unknownOffset = -1;

export function offsets(wire: Wire): Offsets {
  const channel = wire.open();
  return {
    find: (topic, sought, partitions) =>
      wire.persist(`tell the offsets of ${topic}`, async () => {
        const name = wire.nameOf(topic);
        const wanted = partitions ?? (await allPartitions(wire, name));
        const byLeader = new Map<number, number[]>();
        for (const partition of wanted) {
          const leader = await wire.metadata.leaderOf(name, partition);
          byLeader.set(leader, [...(byLeader.get(leader) ?? []), partition]);
        }
        const found = await Promise.all([...byLeader].map(([leader, led]) => ask(channel, leader, { topic: name, partitions: led, timestamp: timestampOf(sought) })));
        return new Map(found.flat());
      }),
  };
}

function timestampOf(sought: Sought): number {
  if (sought === 'oldest') return oldest;
  return sought === 'next' ? next : Math.max(0, Math.ceil(sought.atMs));
}

type Question = { readonly topic: string; readonly partitions: readonly number[]; readonly timestamp: number };

async function ask(channel: Channel, leader: number, { topic, partitions, timestamp }: Question): Promise<(readonly [number, number])[]> {
  // Isolation 0: what was acknowledged counts, also behind a transaction that is still open.
  const asks = { replicaId: -1, isolationLevel: 0, topics: [{ topic, partitions: partitions.map((partition) => ({ partition, timestamp })) }] } as const;
  const { responses } = await channel.ask(leader, 'ListOffsets', asks);
  const answered = new Map(responses.flatMap((each) => each.partitions).map((each) => [each.partition, each]));
  return partitions.flatMap((partition) => {
    const { errorCode, offset } = answered.get(partition) ?? { errorCode: codes.leaderNotAvailable, offset: String(unknownOffset) };
    requireOk(errorCode, `the offsets of partition ${partition} of ${topic}`);
    return Number(offset) === unknownOffset ? [] : [[partition, Number(offset)] as const];
  });
}

async function allPartitions(wire: Wire, name: string): Promise<number[]> {
  const count = await wire.metadata.partitions(name);
  if (count === 0) throw new KafkaError(codes.leaderNotAvailable, `topic ${name} is just being made`);
  return Array.from({ length: count }, (_, partition) => partition);
}
