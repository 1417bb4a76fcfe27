import { backoffMs } from '@hookyard/consumer-groups';
import { Fault } from '@hookyard/event-schemas';
import { codes, isPassing, KafkaError } from '../connection/errors.ts';
import type { Wire } from '../connection/wire.ts';
import { partitionQueue, type Entry, type PartitionQueue } from './partition-queue.ts';
import { placeOf, produce, type ProduceAnswer } from './produce.ts';

/** Writes entries to partitions: what arrives while a request is on its way to a leader goes out together with the next. */
export interface Sender {
  /** The entry is resolved when all in-sync replicas have it. Sent again as long as its caller waits. */
  add(topic: string, partition: number, entry: Entry): void;
  /** Sends nothing more. */
  close(): void;
}

/** What one batch of a partition may have: less than the largest message that its topic takes. */
export const batchBytes = 4 * 1024 * 1024;
const requestBytes = 8 * 1024 * 1024;
// A partition without a leader gets one within seconds: longer rests would only add to that.
const longestRestMs = 1_000;

type Line = { readonly queue: PartitionQueue; leader: number | undefined; isBusy: boolean; failures: number };

export function sender(wire: Wire, compression: 'none' | 'gzip'): Sender {
  const channel = wire.open();
  // Those with something to write, in the order in which they get their turn.
  const lines = new Map<string, Line>();
  const busyLeaders = new Set<number>();
  let isScheduled = false;
  let isClosed = false;

  function wake(): void {
    if (isScheduled || isClosed) return;
    isScheduled = true;
    // What is published in one turn of the event loop goes out together.
    setImmediate(() => {
      isScheduled = false;
      if (!isClosed) dispatch();
    });
  }

  function dispatch(): void {
    const byLeader = new Map<number, Line[]>();
    for (const line of lines.values()) {
      if (line.isBusy) continue;
      if (line.leader === undefined) void locate(line);
      else if (!busyLeaders.has(line.leader)) byLeader.set(line.leader, [...(byLeader.get(line.leader) ?? []), line]);
    }
    for (const [leader, together] of byLeader) void send(leader, fitting(together));
  }

  /** Lines that fit into one request with their next batches, those that have nothing left aside. */
  function fitting(together: readonly Line[]): readonly Line[] {
    const chosen: Line[] = [];
    let bytes = 0;
    for (const line of together) {
      const batch = line.queue.batch(batchBytes);
      if (batch.length === 0) lines.delete(placeOf(line.queue));
      else if (chosen.length === 0 || bytes < requestBytes - batchBytes) chosen.push(line);
      for (const entry of batch) bytes += entry.bytes;
    }
    return chosen;
  }

  async function locate(line: Line): Promise<void> {
    line.isBusy = true;
    try {
      line.leader = await wire.metadata.leaderOf(line.queue.topic, line.queue.partition);
      line.isBusy = false;
      wake();
    } catch (error) {
      fail(line, error);
    }
  }

  async function send(leader: number, together: readonly Line[]): Promise<void> {
    if (together.length === 0) return;
    busyLeaders.add(leader);
    for (const line of together) line.isBusy = true;
    const batches = together.map(({ queue: { topic, partition, batch } }) => ({
      topic,
      partition,
      messages: batch(batchBytes).flatMap(({ messages }) => messages),
    }));
    try {
      const answers = await produce(channel, leader, batches, { timeoutMs: wire.answerTimeoutMs, compression });
      for (const line of together) settle(line, answers.get(placeOf(line.queue)));
    } catch (error) {
      for (const line of together) fail(line, error);
    }
    busyLeaders.delete(leader);
    wake();
  }

  // An answer that leaves a partition out says nothing of it: it is taken for not written.
  function settle(line: Line, answer: ProduceAnswer | undefined): void {
    const { queue } = line;
    const code = answer?.errorCode ?? codes.notLeader;
    if (answer === undefined || code !== codes.none) return fail(line, new KafkaError(code, `partition ${queue.partition} of ${queue.topic} could not be written`));
    queue.written(answer.baseOffset);
    line.failures = 0;
    release(line);
  }

  function fail(line: Line, error: unknown): void {
    if (isClosed) return;
    if (isTooLarge(error)) return splitOrRefuse(line, error);
    if (!isPassing(error)) {
      line.queue.refused(error);
      return release(line);
    }
    wire.metadata.doubt();
    wire.health.count('resent');
    line.leader = undefined;
    line.failures += 1;
    void wire.pause(Math.min(backoffMs(line.failures), longestRestMs)).then(() => release(line));
  }

  function splitOrRefuse(line: Line, error: unknown): void {
    if (!line.queue.halve()) line.queue.refused(new Fault('payload_too_large', {}, { message: 'The message is larger than its topic takes.', cause: error }));
    release(line);
  }

  function release(line: Line): void {
    line.isBusy = false;
    // To the end, after those that have waited longer.
    const place = placeOf(line.queue);
    lines.delete(place);
    if (!line.queue.isEmpty()) lines.set(place, line);
    wake();
  }

  return {
    add(topic, partition, entry) {
      const place = placeOf({ topic, partition });
      const line = lines.get(place) ?? { queue: partitionQueue(topic, partition), leader: undefined, isBusy: false, failures: 0 };
      line.queue.add(entry);
      lines.set(place, line);
      wake();
    },
    close() {
      isClosed = true;
      channel.close();
    },
  };
}

function isTooLarge(error: unknown): boolean {
  return error instanceof KafkaError && (error.code === codes.messageTooLarge || error.code === codes.recordListTooLarge);
}
