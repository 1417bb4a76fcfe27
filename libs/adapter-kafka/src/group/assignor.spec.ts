import type { TopicPartition } from '@hookyard/ports';
import { assign, type Claimant } from './assignor.ts';
import { keyOf } from './places.ts';

const place = (topic: string, partition: number): TopicPartition => ({ topic, partition });
const all = (topic: string, count: number) => Array.from({ length: count }, (_, partition) => place(topic, partition));

function member(memberId: string, topics: readonly string[], owned: readonly TopicPartition[] = [], generation = owned.length > 0 ? 1 : -1): Claimant {
  return { memberId, topics, owned, generation };
}

const partitions = (counts: Readonly<Record<string, number>>) => new Map(Object.entries(counts));

function keysOf(owned: readonly TopicPartition[] | undefined): string[] {
  return (owned ?? []).map(keyOf).sort();
}

describe('the assignor', () => {
  it('gives everything to a member that is alone', () => {
    const { shares, isPending } = assign([member('a', ['t', 'u'])], partitions({ t: 3, u: 2 }));
    expect(keysOf(shares.get('a'))).toEqual(keysOf([...all('t', 3), ...all('u', 2)]));
    expect(isPending).toBe(false);
  });

  it('gives a topic only to who consumes it', () => {
    const { shares } = assign([member('a', ['t']), member('b', ['u']), member('c', ['t', 'u'])], partitions({ t: 4, u: 4 }));
    expect(shares.get('a')?.every(({ topic }) => topic === 't')).toBe(true);
    expect(shares.get('b')?.every(({ topic }) => topic === 'u')).toBe(true);
    expect([shares.get('a')?.length, shares.get('b')?.length, shares.get('c')?.length]).toEqual([2, 2, 4]);
  });

  it('leaves a topic that nobody consumes to nobody', () => {
    const { shares, isPending } = assign([member('a', ['t'])], partitions({ t: 1, u: 3 }));
    expect([...shares.values()].flat()).toEqual([place('t', 0)]);
    expect(isPending).toBe(false);
  });

  it('withholds what moves until its owner has let go, and leaves the rest where it is', () => {
    const first = assign([member('a', ['t'], all('t', 4)), member('b', ['t'])], partitions({ t: 4 }));
    expect(keysOf(first.shares.get('a'))).toEqual(keysOf(all('t', 2)));
    expect(first.shares.get('b')).toEqual([]);
    expect(first.isPending).toBe(true);

    const second = assign([member('a', ['t'], all('t', 2), 2), member('b', ['t'])], partitions({ t: 4 }));
    expect(keysOf(second.shares.get('a'))).toEqual(keysOf(all('t', 2)));
    expect(keysOf(second.shares.get('b'))).toEqual(keysOf([place('t', 2), place('t', 3)]));
    expect(second.isPending).toBe(false);
  });

  it('believes the newest claim, and takes from who has not yet heard of its loss', () => {
    const zombie = member('zombie', ['t'], all('t', 2), 3);
    const owner = member('owner', ['t'], all('t', 2), 7);
    const { shares, isPending } = assign([zombie, owner], partitions({ t: 2 }));
    expect(keysOf(shares.get('owner'))).toEqual([keyOf(place('t', 0))]);
    expect(shares.get('zombie')).toEqual([]);
    expect(isPending).toBe(true);
  });

  it('gives to nobody what two members claim of the same generation', () => {
    const { shares, isPending } = assign([member('a', ['t'], all('t', 1)), member('b', ['t'], all('t', 1))], partitions({ t: 1 }));
    expect([...shares.values()].flat()).toEqual([]);
    expect(isPending).toBe(true);
  });

  it('takes a topic from a member that consumes it no longer', () => {
    const { shares, isPending } = assign([member('a', ['u'], all('t', 2)), member('b', ['t'])], partitions({ t: 2, u: 1 }));
    expect(shares.get('b')).toEqual([]);
    expect(shares.get('a')).toEqual([place('u', 0)]);
    expect(isPending).toBe(true);
  });

  it('ignores claims to partitions that do not exist', () => {
    const { shares } = assign([member('a', ['t'], [place('t', 9), place('gone', 0)])], partitions({ t: 1 }));
    expect(shares.get('a')).toEqual([place('t', 0)]);
  });

  it('evens out over topics what does not divide within one', () => {
    const topics = ['p', 'q', 'r', 's', 't'];
    const { shares } = assign([member('a', topics), member('b', topics)], partitions({ p: 1, q: 1, r: 1, s: 1, t: 1 }));
    expect([...shares.values()].map((owned) => owned.length).sort()).toEqual([2, 3]);
  });
});

describe('rounds of assignments while members come and go', () => {
  it('always end, balanced and complete, and no partition ever has two owners', () => {
    for (let seed = 1; seed <= 20; seed += 1) live(seed);
  });
});

/** Some seasons in the life of a group, by a seeded sequence of numbers; checks every round. */
function live(seed: number): void {
  const dice = diceOf(seed);
  const counts = partitions({ p: 1 + dice(12), q: 1 + dice(5), r: 1 + dice(3) });
  const topics = [...counts.keys()];
  let group: Claimant[] = [];
  let named = 0;
  let generation = 0;
  for (let season = 0; season < 12; season += 1) {
    if (group.length === 0 || dice(3) > 0) {
      const some = topics.filter(() => dice(4) > 0);
      group.push(member(`m${(named += 1)}-${dice(1000)}`, some.length > 0 ? some : topics));
    } else {
      group.splice(dice(group.length), 1);
    }
    group = dice(2) > 0 ? group : [...group].reverse();
    let rounds = 0;
    for (let isSettled = false; !isSettled; rounds += 1) {
      expect(rounds).toBeLessThan(6);
      const { shares, isPending } = assign(group, counts);
      expectOneOwner(group, shares);
      generation += 1;
      const before = group;
      // Whoever is slow still holds what it should give up when the next round begins.
      group = group.map((each) => next(each, shares.get(each.memberId) ?? [], { generation, isSlow: rounds < 2 && dice(4) === 0 }));
      isSettled = !isPending && keysOf(before.flatMap(({ owned }) => owned)).join() === keysOf(group.flatMap(({ owned }) => owned)).join();
    }
    expectComplete(group, counts);
    expectBalanced(group, counts);
    expectStable(group, counts);
  }
}

function next(each: Claimant, share: readonly TopicPartition[], { generation, isSlow }: { readonly generation: number; readonly isSlow: boolean }): Claimant {
  const kept = isSlow ? each.owned.filter((at) => !share.some((given) => keyOf(given) === keyOf(at))) : [];
  return { ...each, owned: [...share, ...kept], generation };
}

function expectOneOwner(group: readonly Claimant[], shares: ReadonlyMap<string, readonly TopicPartition[]>): void {
  const given = [...shares].flatMap(([memberId, owned]) => owned.map((at) => [keyOf(at), memberId] as const));
  expect(new Set(given.map(([key]) => key)).size).toBe(given.length);
  const holders = new Map(group.flatMap(({ memberId, owned }) => owned.map((at) => [keyOf(at), memberId] as const)));
  expect(given.filter(([key, memberId]) => (holders.get(key) ?? memberId) !== memberId)).toEqual([]);
}

function expectComplete(group: readonly Claimant[], counts: ReadonlyMap<string, number>): void {
  const consumed = [...counts].filter(([topic]) => group.some(({ topics }) => topics.includes(topic)));
  expect(keysOf(group.flatMap(({ owned }) => owned))).toEqual(keysOf(consumed.flatMap(([topic, count]) => all(topic, count))));
  expect(group.every(({ owned, topics }) => owned.every(({ topic }) => topics.includes(topic)))).toBe(true);
}

function expectBalanced(group: readonly Claimant[], counts: ReadonlyMap<string, number>): void {
  const shares = [...counts.keys()].map((topic) =>
    group.filter(({ topics }) => topics.includes(topic)).map(({ owned }) => owned.filter((at) => at.topic === topic).length),
  );
  const totals = group.every(({ topics }) => topics.length === counts.size) ? group.map(({ owned }) => owned.length) : [];
  const differences = [...shares, totals].filter((each) => each.length > 0).map((each) => Math.max(...each) - Math.min(...each));
  expect(Math.max(...differences)).toBeLessThanOrEqual(1);
}

function expectStable(group: readonly Claimant[], counts: ReadonlyMap<string, number>): void {
  const again = assign(group, counts);
  expect(again.isPending).toBe(false);
  expect(group.map(({ memberId }) => keysOf(again.shares.get(memberId)))).toEqual(group.map(({ owned }) => keysOf(owned)));
}

/** Numbers from 0 to below `sides` that look like chance and come the same for the same seed (mulberry32). */
function diceOf(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}
