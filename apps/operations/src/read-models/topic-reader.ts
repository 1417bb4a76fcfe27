import { isFiller } from '@hookyard/event-schemas';
import type { Message, MessageBus } from '@hookyard/ports';

/** Consecutive messages of one partition. */
export type Pages = (partition: number, messages: readonly Message[]) => Promise<void>;

/** Reads a topic to its end, again and again, from where it stopped. */
export interface TopicReader {
  /** To the end as it is now, partitions side by side; answers how many messages there were. */
  toEnd(handle: Pages): Promise<number>;
}

const pageSize = 500;

/** From these offsets on; where there is none, from the oldest message. */
export function topicReader(bus: MessageBus, topic: string, from: ReadonlyMap<number, number>): TopicReader {
  const next = new Map(from);

  async function readPartition(partition: number, end: number, handle: Pages): Promise<number> {
    let count = 0;
    for (let offset = next.get(partition) ?? 0; offset < end; next.set(partition, offset)) {
      const messages = await bus.read({ topic, partition, offset }, pageSize);
      const real = messages.filter((message) => !isFiller(message));
      if (real.length > 0) await handle(partition, real);
      count += real.length;
      offset = (messages.at(-1)?.offset ?? end - 1) + 1;
    }
    return count;
  }

  return {
    async toEnd(handle) {
      const ends = await bus.offsets(topic);
      const counts = await Promise.all(ends.map(({ partition, high }) => readPartition(partition, high, handle)));
      return counts.reduce((sum, count) => sum + count, 0);
    },
  };
}

/** Where what is kept of a partition begins. */
export type Kept = {
  /** The offset of the oldest message; infinite when none is left. */
  readonly offset: number;
  /** When it was published; −∞ when nothing older was ever there. */
  readonly publishedAt: number;
};

/** By partition. */
export async function keptSince(bus: MessageBus, topic: string): Promise<readonly Kept[]> {
  const offsets = [...(await bus.offsets(topic))].sort((one, other) => one.partition - other.partition);
  return Promise.all(
    offsets.map(async ({ partition, low, high }): Promise<Kept> => {
      const oldest = await oldestMessage(bus, { topic, partition, low });
      const isWhole = high === 0 || oldest?.offset === 0;
      if (isWhole) return { offset: 0, publishedAt: -Infinity };
      return oldest === null ? { offset: Infinity, publishedAt: Infinity } : oldest;
    }),
  );
}

async function oldestMessage(bus: MessageBus, { topic, partition, low }: { readonly topic: string; readonly partition: number; readonly low: number }): Promise<Message | null> {
  for (let offset = low; ; ) {
    const messages = await bus.read({ topic, partition, offset }, pageSize);
    const real = messages.find((message) => !isFiller(message));
    const last = messages.at(-1);
    if (real !== undefined || last === undefined) return real ?? null;
    offset = last.offset + 1;
  }
}
