import { Fault, partitionOf, type Headers } from '@hookyard/event-schemas';
import type { OutgoingMessage, TopicPartition } from '@hookyard/ports';
import type { Log, PlacedMessage } from './log.ts';

const noHeaders: Headers = {};

/** Chooses the partition of each message. Refused with `unknown_topic` when one names a place that does not exist. */
export function place(log: Log, messages: readonly OutgoingMessage[]): readonly PlacedMessage[] {
  return messages.map((message) => {
    const { topic, key, value, headers = noHeaders, partition, publishedAt } = message;
    if (partition === undefined) {
      const partitions = partitionsOf(log, topic);
      // Field by field: a spread costs 4 µs here, more than all the rest.
      const placed = { topic, key, value, headers, partition: partitions === 1 ? 0 : partitionOf(key, partitions) };
      return publishedAt === undefined ? placed : { ...placed, publishedAt };
    }
    requirePlace(log, topic, partition);
    return message as PlacedMessage;
  });
}

export function partitionsOf(log: Log, topic: string): number {
  const partitions = log.partitions(topic);
  if (partitions === undefined) throw new Fault('unknown_topic', { topic });
  return partitions;
}

export function requirePlace(log: Log, topic: string, partition: number): void {
  if (!Number.isInteger(partition) || partition < 0 || partition >= partitionsOf(log, topic)) {
    throw new Fault('unknown_topic', { topic, partition }, { message: `The topic ${topic} has no partition ${partition}.` });
  }
}

export function placesOf(log: Log, topics: readonly string[]): readonly TopicPartition[] {
  return topics.flatMap((topic) => Array.from({ length: partitionsOf(log, topic) }, (_, partition) => ({ topic, partition })));
}

/** One text for each place, to look it up by. */
export function keyOf({ topic, partition }: TopicPartition): string {
  return `${partition}:${topic}`;
}
