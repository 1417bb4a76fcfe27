import { number, text, type Database } from './driver.ts';
import type { TopicChannels } from './wire/requests.ts';

/** A partition: its channel in the log, and the offset after its newest durable message. */
export type Partition = { readonly topic: string; readonly partition: number; readonly channel: number; high: number };

/** Every declared topic and every group's position, in memory: both are asked for all the time and there are few of them. */
export interface Topics {
  partitions(topic: string): number | undefined;
  /** Throws when the topic or the partition does not exist. */
  find(topic: string, partition: number): Partition;
  declared(topic: TopicChannels): void;
  positions(group: string): Map<number, number>;
}

export function loadTopics(reader: Database): Topics {
  const topics = new Map<string, Partition[]>();
  const groups = new Map<string, Map<number, number>>();
  const positions = (group: string): Map<number, number> => {
    const known = groups.get(group) ?? new Map<number, number>();
    groups.set(group, known);
    return known;
  };

  for (const [name, partition, channel, next] of reader.prepare(`SELECT name, partition, id, next FROM channels WHERE kind = 'topic' ORDER BY name, partition`).all()) {
    const topic = text(name);
    const known = topics.get(topic) ?? [];
    topics.set(topic, known);
    known.push({ topic, partition: number(partition), channel: number(channel), high: number(next) });
  }
  for (const [group, channel, next] of reader.prepare('SELECT consumer_group, channel, next FROM positions').all()) {
    positions(text(group)).set(number(channel), number(next));
  }

  return {
    partitions: (topic) => topics.get(topic)?.length,
    find(topic, partition) {
      const found = topics.get(topic)?.[partition];
      if (found === undefined) throw new Error(`there is no partition ${partition} of topic ${topic}`);
      return found;
    },
    declared({ name, channels }) {
      if (!topics.has(name)) topics.set(name, channels.map(({ id, next }, partition) => ({ topic: name, partition, channel: id, high: next })));
    },
    positions,
  };
}
