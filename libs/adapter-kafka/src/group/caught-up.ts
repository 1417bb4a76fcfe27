import { Fault } from '@hookyard/event-schemas';
import type { ConsumeOptions, TopicPartition } from '@hookyard/ports';
import type { KafkaContext } from '../context.ts';
import type { GroupProgress } from './group-progress.ts';
import type { OwnedPartition } from './owned-partition.ts';
import type { signal } from './signal.ts';

export type CaughtUpOptions = {
  readonly context: KafkaContext;
  readonly progress: GroupProgress;
  readonly options: ConsumeOptions;
  /** Raised when partitions come, begin or go, and in the end. */
  readonly changed: ReturnType<typeof signal>;
  readonly isEnded: () => boolean;
  readonly find: (at: TopicPartition) => OwnedPartition | undefined;
  /** Whether everything has been assigned to somebody. */
  readonly isSettled: () => boolean;
};

type Target = TopicPartition & { readonly offset: number };

// What other members do is asked of the servers.
const askAgainMs = 100;

/**
 * The port's `whenCaughtUp`, over all partitions of the topics: of its own it knows how far it has come, of those of other members the group's
 * positions tell (mode `batch`; a member that commits by hand waits only for its own).
 */
export function caughtUp({ context, progress, options, changed, isEnded, find, isSettled }: CaughtUpOptions): () => Promise<void> {
  const { offsets, wire } = context;

  return async () => {
    requireRunning();
    const found = await Promise.all(options.topics.map(async (topic) => [...(await offsets.find(topic, 'next'))].map(([partition, offset]) => ({ topic, partition, offset }))));
    await Promise.all(found.flat().map(reached));
  };

  function requireRunning(): void {
    if (isEnded() || wire.isClosed()) throw new Fault('closed');
  }

  async function reached(target: Target): Promise<void> {
    for (;;) {
      requireRunning();
      const own = find(target);
      if (own !== undefined && !own.isLost) {
        if (await ownReached(own, target.offset)) return;
        await changed.raised(askAgainMs);
      } else {
        if (isSettled() && (await othersReached(target))) return;
        await changed.raised(askAgainMs);
      }
    }
  }

  async function ownReached(own: OwnedPartition, offset: number): Promise<boolean> {
    try {
      await own.progress.whenReached(offset);
      return true;
    } catch {
      requireRunning();
      return false;
    }
  }

  async function othersReached({ topic, partition, offset }: Target): Promise<boolean> {
    if (options.commit === 'manual') return true;
    if (((await progress.committed(options.group, topic)).get(partition) ?? 0) >= offset) return true;
    return (await progress.lag(options.group, topic)).some((each) => each.partition === partition && each.messages === 0);
  }
}
