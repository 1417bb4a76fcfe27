import { progress, pump, type Progress, type Pump } from '@hookyard/consumer-groups';
import { Fault } from '@hookyard/event-schemas';
import { defaultMaxBatchBytes, type Follower, type FollowOptions, type Message } from '@hookyard/ports';
import type { KafkaContext } from '../context.ts';
import { fetcher } from './fetcher.ts';
import type { PartitionBuffer } from './partition-buffer.ts';

// Large enough to make a replay quick, small enough that a call does not hold everything else up.
const messagesInCall = 1_000;

/** Reads partitions of a topic side by side and handles what they give one call at a time. Servers may come and go; it goes on. */
export async function follower(context: KafkaContext, options: FollowOptions): Promise<Follower> {
  const { wire, topics, offsets, clock, warn } = context;
  const { topic, maxBatchBytes = defaultMaxBatchBytes } = options;
  const partitions = options.partitions ?? Array.from({ length: await topics.partitions(topic) }, (_, partition) => partition);
  for (const partition of partitions) await topics.requirePartition(topic, partition);
  const ends = await offsets.find(topic, 'next', partitions);
  wire.requireOpen();

  const fetching = fetcher({ wire, offsets, warn });
  const inTurn = turns();
  const running = new Map<number, { readonly pump: Pump; readonly progress: Progress; readonly buffer: PartitionBuffer }>();
  let isOver = false;
  let tell: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_, reject) => (tell = reject));
  failed.catch(() => {});

  for (const partition of partitions) start(partition, beginning(options, partition, ends));

  function start(partition: number, from: number): void {
    const reached = progress(from);
    // `pump` is set before any of these is called: the fetcher calls back later.
    const buffer = fetching.add({ topic, partition }, from, { onMore: () => pumping.wake(), onReset: (offset) => reached.reach(offset) });
    const pumping = pump<Message>({
      clock,
      from,
      progress: reached,
      limit: messagesInCall,
      end: buffer.end,
      read: (at, limit) => buffer.read(at, limit, maxBatchBytes),
      after: ({ offset }) => offset + 1,
      handle,
      onFailure,
    });
    running.set(partition, { pump: pumping, progress: reached, buffer });
  }

  function handle(messages: readonly Message[]): Promise<void> {
    return inTurn(async () => {
      if (isOver) throw new Fault('closed');
      await options.handle(messages);
    });
  }

  function onFailure(error: unknown): void {
    if (isOver) return;
    tell(error);
    void end(error);
  }

  async function end(error: unknown): Promise<void> {
    isOver = true;
    fetching.close();
    for (const each of running.values()) each.progress.end(error);
    await Promise.all([...running.values()].map((each) => each.pump.stop()));
  }

  async function whenReached(partition: number, offset: number): Promise<void> {
    const reading = running.get(partition);
    if (reading === undefined) throw new Error(`partition ${partition} of ${topic} is not followed here`);
    await reading.progress.whenReached(offset + 1);
  }

  return {
    failed,
    whenReached,
    async caughtUp() {
      await Promise.all(partitions.map((partition) => whenReached(partition, (ends.get(partition) ?? 0) - 1)));
    },
    stop: () => end(new Fault('closed')),
  };
}

function beginning({ from }: FollowOptions, partition: number, ends: ReadonlyMap<number, number>): number {
  if (from === 'beginning') return 0;
  if (from === 'end') return ends.get(partition) ?? 0;
  return from.get(partition) ?? 0;
}

/** Runs one task at a time, in the order asked. */
function turns(): (task: () => Promise<void>) => Promise<void> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const mine = last.then(task);
    last = mine.catch(() => {});
    return mine;
  };
}
