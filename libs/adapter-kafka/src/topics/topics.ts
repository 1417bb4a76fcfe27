import { Fault } from '@hookyard/event-schemas';
import type { TopicSpec } from '@hookyard/ports';
import { declaration, type TopicOptions } from './declare.ts';

export interface Topics {
  /** Creates what is missing, waits until it can be used, and compares what exists with what is asked for. */
  declare(specs: readonly TopicSpec[]): Promise<void>;
  /** How many partitions a topic has. Refused with `unknown_topic` when it does not exist. */
  partitions(topic: string): Promise<number>;
  /** The same without asking; undefined when it is not known yet. */
  knownPartitions(topic: string): number | undefined;
  /** Refused with `unknown_topic` when there is no such topic, or no such partition of it. */
  requirePartition(topic: string, partition: number): Promise<void>;
}

export function topics(options: TopicOptions): Topics {
  const { wire } = options;
  const declare = declaration(options);
  const partitions = (topic: string): Promise<number> => wire.persist(`describe topic ${topic}`, () => wire.metadata.partitions(wire.nameOf(topic)));
  return {
    declare,
    partitions,
    knownPartitions: (topic) => wire.metadata.knownPartitions(wire.nameOf(topic)),
    async requirePartition(topic, partition) {
      const isThere = Number.isInteger(partition) && partition >= 0 && partition < (await partitions(topic));
      if (!isThere) throw new Fault('unknown_topic', { topic, partition }, { message: `The topic ${topic} has no partition ${partition}.` });
    },
  };
}
