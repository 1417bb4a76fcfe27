import { Fault } from '@hookyard/event-schemas';
import { defaultMaxBatchBytes, type Follower, type FollowOptions, type Message } from '@hookyard/ports';
import type { Log } from './log.ts';
import type { LogPumps } from './log-pumps.ts';
import { partitionsOf, requirePlace } from './place.ts';
import type { Pump } from './pump.ts';

// Large enough to make a replay quick, small enough that a call does not hold everything else up.
const messagesInCall = 1_000;

/** Reads partitions of a topic side by side and handles what they give one call at a time. */
export function follower(log: Log, pumps: LogPumps, options: FollowOptions): Follower {
  const partitions = options.partitions ?? Array.from({ length: partitionsOf(log, options.topic) }, (_, partition) => partition);
  for (const partition of partitions) requirePlace(log, options.topic, partition);
  const { maxBatchBytes: maxBytes = defaultMaxBatchBytes } = options;
  const inTurn = turns();
  const ends = new Map(partitions.map((partition) => [partition, log.high(options.topic, partition)]));
  let isOver = false;
  let tell: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_, reject) => (tell = reject));
  failed.catch(() => {});

  const running = new Map<number, Pump>();
  for (const partition of partitions) {
    const from = beginning(options, partition, ends);
    running.set(partition, pumps.start({ topic: options.topic, partition }, { from, limit: messagesInCall, maxBytes, handle, onFailure }));
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
    for (const { progress } of running.values()) progress.end(error);
    await Promise.all([...running.values()].map((each) => each.stop()));
  }

  async function whenReached(partition: number, offset: number): Promise<void> {
    const reader = running.get(partition);
    if (reader === undefined) throw new Error(`partition ${partition} of ${options.topic} is not followed here`);
    await reader.progress.whenReached(offset + 1);
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
