import { backoff } from '@hookyard/consumer-groups';
import type { ConsumeOptions, Consumption, TopicPartition } from '@hookyard/ports';
import { isPassing, KafkaError } from '../connection/errors.ts';
import type { KafkaContext } from '../context.ts';
import { fetcher } from '../fetch/fetcher.ts';
import { caughtUp } from './caught-up.ts';
import { fence } from './fence.ts';
import { groupOffsets } from './group-offsets.ts';
import { memberCommits } from './member-commits.ts';
import type { Assignment } from './member-protocol.ts';
import type { GroupProgress } from './group-progress.ts';
import { membership, type Membership } from './membership.ts';
import { ownedPartition, type OwnedPartition } from './owned-partition.ts';
import { keyOf } from './places.ts';
import { signal } from './signal.ts';

/** A consumption that can also be ended as a crash would end it. */
export type GroupConsumption = Consumption & { abandon(): void };

// A commit takes milliseconds. What is left open by a process that died ends when its partition is taken over, at the latest after this.
const transactionTimeoutMs = 15_000;
// Transactions of different partitions go side by side over so many connections to each broker.
const transactionChannels = 4;

/** One member of a group: takes partitions up and gives them back as the group assigns them, and commits what was done with them. */
export function consumption(context: KafkaContext, options: ConsumeOptions, { progress, onStop }: { readonly progress: GroupProgress; readonly onStop: () => void }): GroupConsumption {
  const { wire, clock, topics, warn } = context;
  const { sessionTimeoutMs = 10_000, rebalanceTimeoutMs = 30_000, requestTimeoutMs: withinMs = 30_000, compression = 'gzip' } = context.options;
  const { heartbeatMs = Math.min(Math.ceil(sessionTimeoutMs / 10), 1_000) } = context.options;
  const group = wire.nameOf(options.group);
  const owned = new Map<string, OwnedPartition>();
  const paused = new Set<string>();
  const kept = new Set(options.topics);
  const rest = backoff(clock);
  const changed = signal();
  const channels = Array.from({ length: transactionChannels }, () => wire.open());
  const positions = wire.open();
  const fetching = fetcher({ wire, offsets: context.offsets, warn });
  let assignment: Assignment | undefined;
  let isOver = false;
  let isStopping = false;
  let stopped: Promise<void> | undefined;
  let turn = 0;

  const offsets = groupOffsets({ wire, channel: positions, group, membership: () => member, withinMs });
  const commits = memberCommits({
    topics,
    offsets,
    group: options.group,
    owned: () => [...owned.values()].filter(({ isLost }) => !isLost),
    owns,
    isConsumed: (topic) => options.topics.includes(topic) || assignment?.consumed.includes(topic) === true,
    isMember: () => !isOver && member.isValid(),
    onCommit: ({ topic }) => void kept.add(topic),
  });
  const member: Membership = membership({
    wire,
    group,
    topics: options.topics,
    sessionTimeoutMs,
    rebalanceTimeoutMs,
    heartbeatMs,
    held: () => [...owned.values()].filter(({ isLost }) => !isLost).map(({ at }) => at),
    keptTopics: () => [...kept].map(wire.nameOf),
    onAssigned(next) {
      assignment = next;
      const wanted = new Set(next.partitions.map(keyOf));
      void giveUp([...owned.values()].filter(({ at, isLeaving }) => !isLeaving && !wanted.has(keyOf(at)))).then((isLess) => (isLess ? member.rejoin() : undefined));
      takeUp();
    },
    onLost() {
      assignment = undefined;
      for (const each of owned.values()) each.isLost = true;
      // One by one: what has no batch in hand can be taken up again, whatever the others still wait for.
      for (const each of [...owned.values()]) if (!each.isLeaving) void giveUp([each]);
    },
    onFailure(error) {
      if (!isPassing(error)) warn(`The group ${options.group} cannot be joined: ${error instanceof Error ? error.message : String(error)}`);
    },
  });

  /** Begins with what is assigned and not yet held; what is still being given up follows when that has ended. */
  function takeUp(): void {
    changed.raise();
    if (isStopping) return;
    const fresh = (assignment?.partitions ?? []).filter((at) => !owned.has(keyOf(at))).map(owning);
    for (const each of fresh) owned.set(keyOf(each.at), each);
    if (fresh.length > 0) void begin(fresh);
  }

  function owning(at: TopicPartition): OwnedPartition {
    const transactionalId = `${group}.${at.topic}.${at.partition}`;
    const channel = channels[(turn += 1) % channels.length] ?? wire.open();
    const isWanted = () => !isOver && owned.get(keyOf(at)) === taken && !taken.isLost;
    const raised = fence({ wire, channel, group, transactionalId, transactionTimeoutMs, compression, offsets, withinMs, confirm: () => member.confirm(), isWanted });
    const taken = ownedPartition({
      at,
      fence: raised,
      options,
      consumption: () => consuming,
      clock,
      fetcher: fetching,
      position: async () => (await offsets.stable([at.topic])).get(at)?.offset ?? 0,
      isPaused: () => paused.has(keyOf(at)),
      isOver: () => isOver || wire.isClosed(),
    });
    return taken;
  }

  async function begin(fresh: readonly OwnedPartition[]): Promise<void> {
    for (let failures = 1; !isOver; failures += 1) {
      const staying = fresh.filter(({ isLeaving }) => !isLeaving);
      if (staying.length === 0) return;
      try {
        // First nobody else may change the positions, then they are read.
        await Promise.all(staying.map((each) => each.fence.raise()));
        await tellAssigned(staying.filter(({ isLeaving }) => !isLeaving));
        const found = await offsets.stable([...new Set(staying.map(({ at }) => at.topic))]);
        for (const each of staying.filter(({ isLeaving }) => !isLeaving)) each.start(found.get(each.at)?.offset ?? 0);
        return changed.raise();
      } catch (error) {
        if (error instanceof KafkaError && !isPassing(error) && failures === 1) warn(`The group ${options.group} cannot take up partitions: ${error.message}`);
        if (!wire.isClosed()) await rest.wait(failures);
      }
    }
  }

  async function tellAssigned(staying: readonly OwnedPartition[]): Promise<void> {
    if (staying.length === 0) return;
    const telling = Promise.resolve(staying.map(({ at }) => at))
      .then((partitions) => options.onAssigned?.(partitions, consuming))
      .then(() => staying.forEach((each) => (each.isTold = true)));
    for (const each of staying) each.telling = telling;
    await telling;
  }

  /** Lets the batches in hand end, tells the handler, and forgets the partitions. Answers whether it holds less than before. Never rejects. */
  async function giveUp(leaving: readonly OwnedPartition[]): Promise<boolean> {
    if (leaving.length === 0) return false;
    for (const each of leaving) each.isLeaving = true;
    rest.cut();
    await Promise.all(
      leaving.map(async (each) => {
        await each.telling?.catch(() => {});
        await each.stop();
      }),
    );
    const told = leaving.filter(({ isTold }) => isTold).map(({ at }) => at);
    // Whatever the handler makes of it, the partitions go: another member waits for them.
    if (told.length > 0 && !isOver) await Promise.resolve(told).then((partitions) => options.onRevoked?.(partitions, consuming)).catch(() => {});
    await commits.settled();
    for (const { at } of leaving) {
      owned.delete(keyOf(at));
      paused.delete(keyOf(at));
    }
    takeUp();
    return true;
  }

  function owns(at: TopicPartition): boolean {
    const found = owned.get(keyOf(at));
    return found !== undefined && !found.isLost && member.isValid();
  }

  async function leave(): Promise<void> {
    isStopping = true;
    changed.raise();
    await giveUp([...owned.values()].filter(({ isLeaving }) => !isLeaving));
    while (owned.size > 0) await changed.raised();
    await member.leave();
    end();
  }

  function end(): void {
    isOver = true;
    changed.raise();
    rest.cut();
    fetching.close();
    for (const channel of [...channels, positions]) channel.close();
    onStop();
  }

  const consuming: Consumption = {
    commit: commits.commit,
    pause: (at) => void paused.add(keyOf(at)),
    resume(at) {
      paused.delete(keyOf(at));
      owned.get(keyOf(at))?.wake();
    },
    assigned: () => [...owned.values()].filter(({ at }) => owns(at)).map(({ at }) => at),
    owns,
    whenCaughtUp: caughtUp({
      context,
      progress,
      options,
      changed,
      isEnded: () => isStopping || isOver,
      find: (at) => owned.get(keyOf(at)),
      isSettled: () => assignment !== undefined && !assignment.isPending && member.isValid(),
    }),
    stop: () => (stopped ??= leave()),
  };

  return Object.assign(consuming, {
    abandon() {
      end();
      member.abandon();
      for (const each of owned.values()) void each.stop();
    },
  });
}
