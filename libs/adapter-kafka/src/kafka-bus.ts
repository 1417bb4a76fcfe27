import { Fault } from '@hookyard/event-schemas';
import { systemClock, type Follower, type MessageBus, type PartitionOffsets, type Watched } from '@hookyard/ports';
import { openWire } from './connection/wire.ts';
import type { Groups, KafkaContext } from './context.ts';
import { follower } from './fetch/follower.ts';
import { reader } from './fetch/read.ts';
import { groups } from './group/groups.ts';
import type { KafkaBusOptions } from './options.ts';
import { publisher } from './publish/publisher.ts';
import { offsets as findOffsets } from './topics/offsets.ts';
import { topics as topicsOf } from './topics/topics.ts';

export type KafkaBus = MessageBus &
  Watched & {
    /** Lets go of everything at this instant, and tells the servers nothing: as near to a crash as it comes inside one process. For tests. */
    abandon(): void;
  };

/** The port's message bus on a Kafka cluster. Resolves when a server was reached; refused with `unavailable` when none could be in time. */
export async function openBus(options: KafkaBusOptions): Promise<KafkaBus> {
  const context = await contextOf(options);
  const { wire, topics, offsets } = context;
  const publishing = publisher(context);
  const members: Groups = groups(context);
  const read = reader(context);
  const followers = new Set<Follower>();
  let closed: Promise<void> | undefined;

  function requireOpen(): void {
    if (closed !== undefined) throw new Fault('closed');
    wire.requireOpen();
  }

  /** Nothing is asked of a bus that is closing. */
  function whileOpen<Asked extends readonly unknown[], Answered>(work: (...asked: Asked) => Promise<Answered>): (...asked: Asked) => Promise<Answered> {
    return async (...asked) => {
      requireOpen();
      return work(...asked);
    };
  }

  async function follow(...[asked]: Parameters<MessageBus['follow']>): Promise<Follower> {
    const started = await follower(context, asked);
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

  async function offsetsOf(topic: string): Promise<readonly PartitionOffsets[]> {
    const [low, high] = await Promise.all([offsets.find(topic, 'oldest'), offsets.find(topic, 'next')]);
    return [...high].map(([partition, next]) => ({ partition, low: low.get(partition) ?? 0, high: next })).sort((a, b) => a.partition - b.partition);
  }

  async function offsetsAt(topic: string, timeMs: number): Promise<ReadonlyMap<number, number>> {
    const [found, high] = await Promise.all([offsets.find(topic, { atMs: timeMs }), offsets.find(topic, 'next')]);
    return new Map([...high].map(([partition, next]) => [partition, found.get(partition) ?? next]));
  }

  async function close(): Promise<void> {
    await Promise.all([members.close(), ...[...followers].map((each) => each.stop())]);
    await publishing.idle();
    publishing.close();
    wire.close();
  }

  return {
    declare: whileOpen(topics.declare),
    partitions: whileOpen(topics.partitions),
    publish: whileOpen(publishing.publish),
    consume: whileOpen(members.join),
    follow: whileOpen(follow),
    read: whileOpen(read),
    offsets: whileOpen(offsetsOf),
    offsetsAt: whileOpen(offsetsAt),
    committed: whileOpen(members.committed),
    lag: whileOpen(members.lag),
    seek: whileOpen(members.seek),
    state: () => wire.health.state(),
    close: () => (closed ??= close()),
    abandon() {
      closed ??= Promise.resolve();
      members.abandon();
      publishing.close();
      wire.close();
      for (const each of followers) void each.stop();
    },
  };
}

async function contextOf(options: KafkaBusOptions): Promise<KafkaContext> {
  const { clock = systemClock, onWarning: warn = () => {}, compression = 'gzip', replicationFactor } = options;
  const wire = await openWire(options);
  return { wire, topics: topicsOf({ wire, replicationFactor, compression, warn }), offsets: findOffsets(wire), clock, options, warn };
}
