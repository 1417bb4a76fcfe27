import { Fault } from '@hookyard/event-schemas';
import {
  defaultMaxBatchBytes,
  type Batch,
  type Clock,
  type Consumption,
  type ConsumeOptions,
  type Message,
  type MessagePosition,
  type Outputs,
  type TopicPartition,
} from '@hookyard/ports';
import { backoff } from './backoff.ts';
import type { Log } from './log.ts';
import type { LogPumps } from './log-pumps.ts';
import { keyOf, place, placesOf, requirePlace } from './place.ts';
import type { Progress } from './progress.ts';
import type { Pump } from './pump.ts';

/** What a member needs of the group it belongs to. */
export type Membership = {
  readonly log: Log;
  readonly clock: Clock;
  readonly pumps: LogPumps;
  /** How far the group has come in a partition, whoever owns it. */
  readonly progress: (at: TopicPartition) => Progress;
  /** Whether any member of the group consumes the topic. */
  readonly consumes: (topic: string) => boolean;
  readonly leave: () => Promise<void>;
};

/** One consumption in its group. The group calls `revoke` and `assign`, one after the other. */
export interface Member {
  readonly consumption: Consumption;
  readonly topics: readonly string[];
  owns(at: TopicPartition): boolean;
  owned(): readonly TopicPartition[];
  /** Lets the batches in hand end, tells the handler, and gives the partitions up. Never rejects. */
  revoke(partitions: readonly TopicPartition[]): Promise<void>;
  /** Takes the partitions at once; they are consumed as soon as the handler has been told. */
  assign(partitions: readonly TopicPartition[]): void;
}

type Owned = {
  readonly at: TopicPartition;
  /** The call of `onAssigned` in hand. */
  telling?: Promise<void>;
  isTold: boolean;
  isLeaving: boolean;
  pump?: Pump;
};

const defaultMaxBatch = 500;

export function member(options: ConsumeOptions, membership: Membership): Member {
  const { log, clock, pumps } = membership;
  const owned = new Map<string, Owned>();
  const paused = new Set<string>();
  const commits = new Set<Promise<unknown>>();
  const rest = backoff(clock);
  const end = ending();
  let stopped: Promise<void> | undefined;

  const consumption: Consumption = {
    async commit(positions, outputs = []) {
      for (const position of positions) requireCommittable(position);
      return commit(positions, outputs);
    },
    pause: (at) => void paused.add(keyOf(at)),
    resume(at) {
      paused.delete(keyOf(at));
      owned.get(keyOf(at))?.pump?.wake();
    },
    assigned: () => [...owned.values()].map(({ at }) => at),
    owns: (at) => owned.has(keyOf(at)),
    whenCaughtUp() {
      const targets = placesOf(log, options.topics).map((at) => membership.progress(at).whenReached(log.high(at.topic, at.partition)));
      return end.before(Promise.all(targets));
    },
    stop() {
      end.now();
      stopped ??= membership.leave();
      return stopped;
    },
  };

  function requireCommittable({ topic, partition }: MessagePosition): void {
    requirePlace(log, topic, partition);
    const isConsumed = options.topics.includes(topic) || membership.consumes(topic);
    if (isConsumed && !owned.has(keyOf({ topic, partition }))) throw new Fault('not_assigned', { group: options.group, topic, partition });
  }

  async function commit(positions: readonly MessagePosition[], outputs: Outputs): Promise<readonly MessagePosition[]> {
    const committing = log.commit(options.group, positions, place(log, outputs));
    commits.add(committing);
    try {
      return await committing;
    } finally {
      commits.delete(committing);
    }
  }

  async function deliver(at: TopicPartition, messages: readonly Message[]): Promise<void> {
    const batch: Batch = { ...at, messages, consumption };
    const outputs = await options.handle(batch);
    const last = messages.at(-1);
    if (options.commit === 'manual' || last === undefined) return;
    try {
      await commit([{ ...at, offset: last.offset + 1 }], outputs ?? []);
    } catch (error) {
      options.onCommitFailed?.(error, batch);
      throw error;
    }
  }

  async function begin(fresh: readonly Owned[]): Promise<void> {
    for (let failures = 1; ; failures += 1) {
      const staying = fresh.filter((each) => !each.isLeaving);
      if (staying.length === 0) return;
      try {
        await tellAssigned(staying);
        return start(staying, await committed(staying));
      } catch {
        await rest.wait(failures);
      }
    }
  }

  async function tellAssigned(staying: readonly Owned[]): Promise<void> {
    const telling = Promise.resolve(staying.map(({ at }) => at))
      .then((partitions) => options.onAssigned?.(partitions, consumption))
      .then(() => staying.forEach((each) => (each.isTold = true)));
    for (const each of staying) each.telling = telling;
    await telling;
  }

  async function committed(staying: readonly Owned[]): Promise<ReadonlyMap<string, ReadonlyMap<number, number>>> {
    const topics = [...new Set(staying.map(({ at }) => at.topic))];
    return new Map(await Promise.all(topics.map(async (topic) => [topic, await log.committed(options.group, topic)] as const)));
  }

  function start(staying: readonly Owned[], positions: ReadonlyMap<string, ReadonlyMap<number, number>>): void {
    for (const each of staying) {
      const { at } = each;
      if (each.isLeaving) continue;
      each.pump = pumps.start(at, {
        from: positions.get(at.topic)?.get(at.partition) ?? 0,
        limit: options.maxBatch ?? defaultMaxBatch,
        maxBytes: options.maxBatchBytes ?? defaultMaxBatchBytes,
        handle: (messages) => deliver(at, messages),
        isPaused: () => paused.has(keyOf(at)),
        progress: membership.progress(at),
      });
    }
  }

  async function finish(each: Owned): Promise<void> {
    await each.telling?.catch(() => {});
    await each.pump?.stop();
  }

  async function tellRevoked(told: readonly Owned[]): Promise<void> {
    if (told.length > 0) await options.onRevoked?.(told.map(({ at }) => at), consumption);
  }

  return {
    consumption,
    topics: options.topics,
    owns: consumption.owns,
    owned: consumption.assigned,
    async revoke(partitions) {
      const leaving = partitions.flatMap((at) => owned.get(keyOf(at)) ?? []);
      for (const each of leaving) each.isLeaving = true;
      rest.cut();
      await Promise.all(leaving.map(finish));
      // Whatever the handler makes of it, the partitions go: another member waits for them.
      await tellRevoked(leaving.filter((each) => each.isTold)).catch(() => {});
      await Promise.allSettled(commits);
      for (const { at } of leaving) {
        owned.delete(keyOf(at));
        paused.delete(keyOf(at));
        membership.progress(at).reach(-1);
      }
    },
    assign(partitions) {
      const fresh = partitions.map((at): Owned => ({ at, isTold: false, isLeaving: false }));
      for (const each of fresh) owned.set(keyOf(each.at), each);
      if (fresh.length > 0) void begin(fresh);
    },
  };
}

/** The end of a consumption, which nothing that it promised outlives. */
function ending() {
  let now = () => {};
  const ended = new Promise<never>((_, reject) => (now = () => reject(new Fault('closed'))));
  ended.catch(() => {});
  return {
    now: () => now(),
    before: async (work: Promise<unknown>): Promise<void> => void (await Promise.race([ended, work])),
  };
}
