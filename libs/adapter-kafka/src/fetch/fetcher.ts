import { backoffMs } from '@hookyard/consumer-groups';
import type { TopicPartition } from '@hookyard/ports';
import type { Channel } from '../connection/channel.ts';
import { codes, isPassing, KafkaError } from '../connection/errors.ts';
import type { Wire } from '../connection/wire.ts';
import type { Offsets } from '../topics/offsets.ts';
import { fetchOf, type FetchedPart } from './fetch-exchange.ts';
import { stock, type PartitionBuffer, type Stock } from './partition-buffer.ts';
import { readRecords } from './records.ts';

export type FetcherOptions = {
  readonly wire: Wire;
  readonly offsets: Offsets;
  /** Told what an operator should know. */
  readonly warn: (warning: string) => void;
  /** How long a broker waits for something new before it answers with nothing. @default 250 */
  readonly maxWaitMs?: number;
  /** A partition that has so much waiting is not fetched. @default 4 MiB */
  readonly partitionBytes?: number;
  /** When so much waits over all partitions, only those are fetched that have nothing. @default 64 MiB */
  readonly totalBytes?: number;
};

export type Fetching = {
  /** There is more to read, or the end has moved. */
  readonly onMore: () => void;
  /** The server no longer has (or never had) what was to be read next: the reading goes on at this offset, the oldest kept. */
  readonly onReset?: (offset: number) => void;
};

/** Keeps the buffers of partitions filled: each is asked of its leader, many in one request, as long as it has room. */
export interface Fetcher {
  /** Begins to fetch a partition from an offset on. Never gives up; what fails is tried again after a back-off. */
  add(at: TopicPartition, from: number, fetching: Fetching): PartitionBuffer;
  /** Ends all of it at once. */
  close(): void;
}

type Lane = {
  readonly at: TopicPartition;
  readonly name: string;
  readonly stock: Stock;
  readonly fetching: Fetching;
  leader: number | undefined;
  isPaused: boolean;
  isRemoved: boolean;
  /** Being asked for, looked up, or resting after a failure. */
  isBusy: boolean;
  failures: number;
  servedAt: number;
};

const mib = 1024 * 1024;
const requestBytes = 4 * mib;
const partBytes = mib;
// While one request waits for something new, a partition that just got room need not wait for it.
const requestsOfBroker = 2;

export function fetcher({ wire, offsets, warn, maxWaitMs = 250, partitionBytes = 4 * mib, totalBytes = 64 * mib }: FetcherOptions): Fetcher {
  const lanes = new Set<Lane>();
  const channels: readonly Channel[] = Array.from({ length: requestsOfBroker }, () => wire.open());
  const busy = new Map<number, Set<Channel>>();
  let served = 0;
  let isScheduled = false;
  let isClosed = false;

  function wake(): void {
    if (isScheduled || isClosed) return;
    isScheduled = true;
    // Partitions that come or get room together are asked for together.
    queueMicrotask(() => {
      isScheduled = false;
      if (!isClosed) dispatch();
    });
  }

  function dispatch(): void {
    let waiting = 0;
    for (const lane of lanes) waiting += lane.stock.bytes();
    const byLeader = new Map<number, Lane[]>();
    for (const lane of lanes) {
      if (!hasRoom(lane, waiting)) continue;
      if (lane.leader === undefined) void locate(lane);
      else byLeader.set(lane.leader, [...(byLeader.get(lane.leader) ?? []), lane]);
    }
    for (const [leader, together] of byLeader) {
      const inUse = busy.get(leader) ?? new Set();
      const free = channels.find((each) => !inUse.has(each));
      if (free === undefined) continue;
      busy.set(leader, inUse.add(free));
      // Who was served longest ago comes first: a broker serves the first whatever the size of its next batch.
      together.sort((a, b) => a.servedAt - b.servedAt);
      void fetch(leader, free, together);
    }
  }

  function hasRoom({ isBusy, isPaused, stock: { bytes } }: Lane, waiting: number): boolean {
    return !isBusy && !isPaused && bytes() < partitionBytes && (waiting < totalBytes || bytes() === 0);
  }

  async function locate(lane: Lane): Promise<void> {
    lane.isBusy = true;
    try {
      lane.leader = await wire.metadata.leaderOf(lane.name, lane.at.partition);
      lane.isBusy = false;
      wake();
    } catch (error) {
      fail(lane, error);
    }
  }

  async function fetch(leader: number, channel: Channel, together: readonly Lane[]): Promise<void> {
    for (const lane of together) lane.isBusy = true;
    const wanted = together.map(({ at, name, stock: { end } }) => ({ topic: name, partition: at.partition, offset: end(), maxBytes: partBytes }));
    try {
      const parts = await channel.send(leader, fetchOf(wanted, { maxWaitMs, maxBytes: requestBytes }));
      wire.health.count('fetches');
      busy.get(leader)?.delete(channel);
      const answered = new Map(parts.map((part) => [`${part.partition} ${part.topic}`, part]));
      await Promise.all(together.map((lane) => take(lane, answered.get(`${lane.at.partition} ${lane.name}`))));
    } catch (error) {
      busy.get(leader)?.delete(channel);
      for (const lane of together) fail(lane, error);
    }
    wake();
  }

  async function take(lane: Lane, part: FetchedPart | undefined): Promise<void> {
    if (lane.isRemoved) return;
    try {
      if (part?.errorCode === codes.offsetOutOfRange) await reset(lane);
      else if (part === undefined || part.errorCode !== codes.none) throw new KafkaError(part?.errorCode ?? codes.notLeader, `partition ${lane.at.partition} of ${lane.at.topic}`);
      else await store(lane, part);
      lane.isBusy = false;
      lane.failures = 0;
    } catch (error) {
      fail(lane, error);
    }
  }

  async function store(lane: Lane, { records, aborted }: FetchedPart): Promise<void> {
    if (records.length === 0) return;
    const from = lane.stock.end();
    const { messages, next } = await readRecords(lane.at, records, { from, aborted });
    if (lane.isRemoved || next === from) return;
    lane.servedAt = served += 1;
    lane.stock.add(messages, next);
    wire.health.count('fetched', messages.length);
    wire.health.count('fetchedBytes', records.length);
    lane.fetching.onMore();
  }

  async function reset(lane: Lane): Promise<void> {
    const { topic, partition } = lane.at;
    const oldest = (await offsets.find(topic, 'oldest', [partition])).get(partition) ?? 0;
    const from = lane.stock.end();
    if (lane.isRemoved || oldest === from) return;
    lane.stock.reset(oldest);
    // Who asks for the beginning asks for the oldest there is.
    if (from > 0) {
      wire.health.count('offsetResets');
      warn(`Offset ${from} of partition ${partition} of ${topic} is not there (any more): reading goes on at ${oldest}, the oldest kept.`);
    }
    lane.fetching.onReset?.(oldest);
    lane.fetching.onMore();
  }

  function fail(lane: Lane, error: unknown): void {
    if (lane.isRemoved || isClosed) return;
    const mayPass = isPassing(error);
    if (mayPass) wire.metadata.doubt();
    if (!mayPass && lane.failures === 0) warn(`Partition ${lane.at.partition} of ${lane.at.topic} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    lane.leader = undefined;
    lane.failures += 1;
    void wire.pause(backoffMs(lane.failures)).then(() => {
      lane.isBusy = false;
      wake();
    });
  }

  return {
    add(at, from, fetching) {
      const lane: Lane = { at, name: wire.nameOf(at.topic), stock: stock(from), fetching, leader: undefined, isPaused: false, isRemoved: false, isBusy: false, failures: 0, servedAt: 0 };
      lanes.add(lane);
      wake();
      return {
        at,
        end: lane.stock.end,
        read(offset, limit, maxBytes) {
          const found = lane.stock.read(offset, limit, maxBytes);
          wake();
          return found;
        },
        pause: () => void (lane.isPaused = true),
        resume() {
          lane.isPaused = false;
          wake();
        },
        remove() {
          lane.isRemoved = true;
          lanes.delete(lane);
        },
      };
    },
    close() {
      isClosed = true;
      for (const lane of lanes) lane.isRemoved = true;
      lanes.clear();
      for (const channel of channels) channel.close();
    },
  };
}

