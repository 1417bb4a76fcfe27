import type { TopicPartition } from '@hookyard/ports';
import { keyOf } from './places.ts';

/** A member of the group as its leader sees it. */
export type Claimant = {
  readonly memberId: string;
  /** What it consumes. */
  readonly topics: readonly string[];
  /** What it holds, and will hold until an assignment without it has reached it and the work in hand has ended. */
  readonly owned: readonly TopicPartition[];
  /** The generation of the group in which it was last given what it holds; −1 before the first. */
  readonly generation: number;
};

export type Shares = {
  readonly shares: ReadonlyMap<string, readonly TopicPartition[]>;
  /** Whether partitions wait for their present owners: as soon as those have let go there must be another round. */
  readonly isPending: boolean;
};

/**
 * Who consumes what. A pure function of its arguments, which the order of the members does not change:
 * - a topic is spread evenly over the members that consume it, and what does not divide goes to those who have the least of such;
 * - within that everyone keeps what it holds: assigning anew what was assigned changes nothing;
 * - a partition that moves is given to nobody while its present owner still claims it (KIP-429): it comes in the round after.
 */
export function assign(members: readonly Claimant[], partitions: ReadonlyMap<string, number>): Shares {
  const sorted = [...members].sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
  const owners = ownersOf(sorted);
  const shares = new Map(sorted.map(({ memberId }) => [memberId, [] as TopicPartition[]]));
  const odd = new Map<string, number>();
  let isPending = false;
  for (const topic of [...partitions.keys()].sort()) {
    const consumers = sorted.filter(({ topics }) => topics.includes(topic)).map(({ memberId }) => memberId);
    for (const [at, memberId] of spread(placesOf(topic, partitions), consumers, owners, odd)) {
      const owner = owners.get(keyOf(at));
      if (owner === undefined || owner === memberId) shares.get(memberId)?.push(at);
      else isPending = true;
    }
  }
  return { shares, isPending };
}

// Two members that claim the same of the same generation contradict each other: nobody gets it before one of them has let go.
const contested = '';

/** The newest claim wins: an older one comes from a member that has not yet heard of its loss. */
function ownersOf(members: readonly Claimant[]): ReadonlyMap<string, string> {
  const claims = new Map<string, { readonly memberId: string; readonly generation: number }>();
  for (const { memberId, owned, generation } of members) {
    for (const at of owned) {
      const known = claims.get(keyOf(at));
      if (known === undefined || known.generation < generation) claims.set(keyOf(at), { memberId, generation });
      else if (known.generation === generation) claims.set(keyOf(at), { memberId: contested, generation });
    }
  }
  return new Map([...claims].map(([key, { memberId }]) => [key, memberId]));
}

type Spread = readonly (readonly [TopicPartition, string])[];

/** One topic over its consumers. `odd` counts, over topics, how often a member had one more than the others. */
function spread(places: readonly TopicPartition[], consumers: readonly string[], owners: ReadonlyMap<string, string>, odd: Map<string, number>): Spread {
  if (consumers.length === 0) return [];
  const held = new Map(consumers.map((memberId) => [memberId, places.filter((at) => owners.get(keyOf(at)) === memberId)]));
  const quotas = quotasOf(places.length, held, odd);
  const kept = consumers.flatMap((memberId) => (held.get(memberId) ?? []).slice(0, quotas.get(memberId)).map((at) => [at, memberId] as const));
  const taken = new Set(kept.map(([at]) => keyOf(at)));
  const free = places.filter((at) => !taken.has(keyOf(at)));
  const given = consumers.flatMap((memberId) => {
    const missing = (quotas.get(memberId) ?? 0) - kept.filter(([, keeper]) => keeper === memberId).length;
    return free.splice(0, missing).map((at) => [at, memberId] as const);
  });
  return [...kept, ...given];
}

/** How many each consumer gets: the same, and one more for as many as needed: who had that least often before, among them who holds most. */
function quotasOf(places: number, held: ReadonlyMap<string, readonly TopicPartition[]>, odd: Map<string, number>): ReadonlyMap<string, number> {
  const each = Math.floor(places / held.size);
  const order = [...held].sort(([a, ofA], [b, ofB]) => {
    const [more, less] = [odd.get(a) ?? 0, odd.get(b) ?? 0];
    return more - less || Math.min(ofB.length, each + 1) - Math.min(ofA.length, each + 1);
  });
  return new Map(
    order.map(([memberId], at) => {
      const isOdd = at < places - each * held.size;
      if (isOdd) odd.set(memberId, (odd.get(memberId) ?? 0) + 1);
      return [memberId, each + (isOdd ? 1 : 0)];
    }),
  );
}

function placesOf(topic: string, partitions: ReadonlyMap<string, number>): TopicPartition[] {
  return Array.from({ length: partitions.get(topic) ?? 0 }, (_, partition) => ({ topic, partition }));
}
