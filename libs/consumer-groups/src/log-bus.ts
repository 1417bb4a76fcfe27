import { Fault } from '@hookyard/event-schemas';
import { defaultMaxBatchBytes, type Clock, type Follower, type FollowOptions, type Message, type MessageBus, type MessagePosition } from '@hookyard/ports';
import { follower } from './follower.ts';
import { groups } from './groups.ts';
import type { Log, Page } from './log.ts';
import { logPumps } from './log-pumps.ts';
import { partitionsOf, place, requirePlace } from './place.ts';
import { bytesOf } from './within-bytes.ts';

/** A MessageBus over an embedded log: groups whose members all live in this process, and followers. */
export function logBus(log: Log, clock: Clock): MessageBus {
  const pumps = logPumps(log, clock);
  const members = groups(log, clock, pumps);
  const followers = new Set<Follower>();
  let closed: Promise<void> | undefined;

  function requireOpen(): void {
    if (closed !== undefined) throw new Fault('closed');
  }

  function follow(options: FollowOptions): Follower {
    const started = follower(log, pumps, options);
    const tracked: Follower = {
      ...started,
      stop() {
        followers.delete(tracked);
        return started.stop();
      },
    };
    followers.add(tracked);
    return tracked;
  }

  const partitionNumbers = (topic: string) => Array.from({ length: partitionsOf(log, topic) }, (_, partition) => partition);

  async function close(): Promise<void> {
    await Promise.all([members.close(), ...[...followers].map((each) => each.stop())]);
    pumps.close();
    await log.close();
  }

  return {
    declare: (topics) => log.declare(topics),
    partitions: async (topic) => partitionsOf(log, topic),
    publish: async (messages) => (messages.length === 0 ? [] : log.append(place(log, messages))),
    async consume(options) {
      requireOpen();
      return members.join(options);
    },
    async follow(options) {
      requireOpen();
      return follow(options);
    },
    async read(from, limit, maxBytes = defaultMaxBatchBytes) {
      requirePlace(log, from.topic, from.partition);
      return readUpTo(log, from, { limit, maxBytes });
    },
    offsets: async (topic) =>
      Promise.all(
        partitionNumbers(topic).map(async (partition) => ({
          partition,
          low: await log.low(topic, partition),
          high: log.high(topic, partition),
        })),
      ),
    async offsetsAt(topic, timeMs) {
      const found = partitionNumbers(topic).map(async (partition) => [partition, await log.offsetAt(topic, partition, timeMs)] as const);
      return new Map(await Promise.all(found));
    },
    async committed(group, topic) {
      partitionsOf(log, topic);
      return log.committed(group, topic);
    },
    async lag(group, topic) {
      const positions = await log.committed(group, topic);
      return Promise.all(
        partitionNumbers(topic).map(async (partition) => {
          const behind = Math.max(positions.get(partition) ?? 0, await log.low(topic, partition));
          return { topic, partition, messages: Math.max(log.high(topic, partition) - behind, 0) };
        }),
      );
    },
    async seek(group, positions) {
      requireOpen();
      for (const { topic, partition } of positions) requirePlace(log, topic, partition);
      await members.whileEmpty(group, async () => void (await log.commit(group, positions, [])));
    },
    close() {
      closed ??= close();
      return closed;
    },
  };
}

type Bounds = Omit<Page, 'from'>;

/** A log answers as few at once as it likes; a caller of the bus gets as many as there are within its bounds. */
async function readUpTo(log: Log, { topic, partition, offset }: MessagePosition, { limit, maxBytes }: Bounds): Promise<readonly Message[]> {
  const found: Message[] = [];
  let from = offset;
  let bytesLeft = maxBytes;
  while (found.length < limit && (bytesLeft > 0 || found.length === 0)) {
    const page = await log.read(topic, partition, { from, limit: limit - found.length, maxBytes: bytesLeft });
    const last = page.at(-1);
    const bytes = bytesOf(page);
    // A message larger than what is left is answered alone: that is for the next call.
    if (last === undefined || (bytes > bytesLeft && found.length > 0)) break;
    found.push(...page);
    from = last.offset + 1;
    bytesLeft -= bytes;
  }
  return found;
}
