import { Fault } from '@hookyard/event-schemas';
import type { Clock, Consumption, ConsumeOptions, TopicPartition } from '@hookyard/ports';
import type { Log } from './log.ts';
import type { LogPumps } from './log-pumps.ts';
import { member, type Member } from './member.ts';
import { keyOf, placesOf } from './place.ts';
import { progress, type Progress } from './progress.ts';

/** The groups of one process: each partition of a topic belongs to one member at a time. */
export interface Groups {
  join(options: ConsumeOptions): Consumption;
  /** Does the work while nobody belongs to the group, and lets nobody in meanwhile. Refused with `group_in_use`. */
  whileEmpty(group: string, work: () => Promise<void>): Promise<void>;
  /** Stops every consumption. */
  close(): Promise<void>;
}

type Group = {
  /** In the order in which they joined. Changed only in turn with `changes`. */
  members: readonly Member[];
  readonly progress: Map<string, Progress>;
  /** Changes of ownership, one after the other. Never rejects. */
  changes: Promise<void>;
};

export function groups(log: Log, clock: Clock, pumps: LogPumps): Groups {
  const known = new Map<string, Group>();
  const running = new Set<Consumption>();

  // A group is never forgotten: who joins anew must wait for who still leaves.
  function groupOf(name: string): Group {
    const group = known.get(name) ?? { members: [], progress: new Map(), changes: Promise.resolve() };
    known.set(name, group);
    return group;
  }

  function progressOf(group: Group, at: TopicPartition): Progress {
    const found = group.progress.get(keyOf(at)) ?? progress(-1);
    group.progress.set(keyOf(at), found);
    return found;
  }

  function change(group: Group, work: () => Promise<void>): Promise<void> {
    group.changes = group.changes.then(work);
    return group.changes;
  }

  return {
    join(options) {
      placesOf(log, options.topics);
      const group = groupOf(options.group);
      const joined = member(options, {
        log,
        clock,
        pumps,
        progress: (at) => progressOf(group, at),
        consumes: (topic) => group.members.some(({ topics }) => topics.includes(topic)),
        leave() {
          running.delete(joined.consumption);
          // Until its turn has come it counts as an owner, so that nobody is given what it still holds.
          const left = change(group, async () => {
            group.members = group.members.filter((each) => each !== joined);
            await joined.revoke(joined.owned());
          });
          void change(group, () => rebalance(log, group.members));
          return left;
        },
      });
      running.add(joined.consumption);
      void change(group, () => {
        group.members = [...group.members, joined];
        return rebalance(log, group.members);
      });
      return joined.consumption;
    },
    whileEmpty(name, work) {
      const group = groupOf(name);
      let outcome: Promise<void> = Promise.resolve();
      const turn = change(group, async () => {
        outcome = group.members.length > 0 ? Promise.reject(new Fault('group_in_use', { group: name })) : work();
        await outcome.catch(() => {});
      });
      return turn.then(() => outcome);
    },
    async close() {
      await Promise.all([...running].map((each) => each.stop()));
    },
  };
}

/** Takes away first what moves, and only then gives it: no partition has two owners. What stays with its owner goes on meanwhile. */
async function rebalance(log: Log, members: readonly Member[]): Promise<void> {
  const owners = shares(log, members);
  await Promise.all(members.map((each) => each.revoke(each.owned().filter((at) => owners.get(keyOf(at))?.member !== each))));
  for (const each of members) {
    const mine = [...owners.values()].filter(({ member: owner, at }) => owner === each && !each.owns(at));
    each.assign(mine.map(({ at }) => at));
  }
}

/** Round robin over the members that consume the topic, in the order in which they joined. */
function shares(log: Log, members: readonly Member[]): ReadonlyMap<string, { readonly at: TopicPartition; readonly member: Member }> {
  const owners = new Map<string, { readonly at: TopicPartition; readonly member: Member }>();
  for (const topic of new Set(members.flatMap(({ topics }) => topics))) {
    const interested = members.filter(({ topics }) => topics.includes(topic));
    for (const at of placesOf(log, [topic])) {
      const owner = interested[at.partition % interested.length];
      if (owner !== undefined) owners.set(keyOf(at), { at, member: owner });
    }
  }
  return owners;
}
