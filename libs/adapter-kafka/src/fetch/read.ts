import { withinBytes } from '@hookyard/consumer-groups';
import { defaultMaxBatchBytes, type Message, type MessagePosition } from '@hookyard/ports';
import { codes, requireOk } from '../connection/errors.ts';
import type { KafkaContext } from '../context.ts';
import { fetchOf, type FetchedPart } from './fetch-exchange.ts';
import { readRecords } from './records.ts';

/** The port's `read`: straight from the partition's leader, with no group and no waiting. */
export type Read = (from: MessagePosition, limit: number, maxBytes?: number) => Promise<readonly Message[]>;

const leastFetchBytes = 64 * 1024;
const mostFetchBytes = 4 * 1024 * 1024;
// What a message of the pipeline takes, more or less.
const usualMessageBytes = 1024;

export function reader({ wire, topics, offsets }: KafkaContext): Read {
  const channel = wire.open();

  async function fetch({ topic, partition, offset }: MessagePosition, maxBytes: number): Promise<FetchedPart> {
    const name = wire.nameOf(topic);
    const leader = await wire.metadata.leaderOf(name, partition);
    const [part] = await channel.send(leader, fetchOf([{ topic: name, partition, offset, maxBytes }], { maxWaitMs: 0, maxBytes }));
    wire.health.count('fetches');
    const code = part?.errorCode ?? codes.notLeader;
    if (code !== codes.offsetOutOfRange) requireOk(code, `partition ${partition} of ${topic}`);
    return part as FetchedPart;
  }

  return async (from, limit, maxBytes = defaultMaxBatchBytes) => {
    await topics.requirePartition(from.topic, from.partition);
    const found: Message[] = [];
    let { offset } = from;
    let bytesLeft = maxBytes;
    while (found.length < limit && (bytesLeft > 0 || found.length === 0)) {
      const wanted = clamp(Math.min(bytesLeft, (limit - found.length) * usualMessageBytes), leastFetchBytes, mostFetchBytes);
      const part = await wire.persist(`read ${from.topic}`, () => fetch({ ...from, offset }, wanted));
      if (part.errorCode === codes.offsetOutOfRange) {
        const oldest = (await offsets.find(from.topic, 'oldest', [from.partition])).get(from.partition) ?? 0;
        // Behind the end there is nothing; before the oldest it was removed, and is passed over.
        if (oldest <= offset) break;
        offset = oldest;
        continue;
      }
      const { messages, next } = await readRecords(from, part.records, { from: offset, aborted: part.aborted, limit: limit - found.length });
      if (next === offset) break;
      const taken = withinBytes(messages, bytesLeft);
      const bytes = taken.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
      // One that is larger than what is left comes alone, in the next call.
      if (bytes > bytesLeft && found.length > 0) break;
      found.push(...taken);
      if (taken.length < messages.length) break;
      bytesLeft -= bytes;
      offset = next;
    }
    return found;
  };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
