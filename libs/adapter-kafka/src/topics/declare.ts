import { Fault } from '@hookyard/event-schemas';
import type { TopicSpec } from '@hookyard/ports';
import { codes, KafkaError, requireOk } from '../connection/errors.ts';
import type { TopicMetadata } from '../connection/protocol.ts';
import type { Wire } from '../connection/wire.ts';
import { alterConfigs, configsOf, describeConfigs, differences, isCompacted } from './topic-configs.ts';

export type TopicOptions = {
  readonly wire: Wire;
  readonly replicationFactor: number | undefined;
  readonly compression: 'none' | 'gzip';
  /** Told what an operator should know. */
  readonly warn: (warning: string) => void;
};

// As many copies as the usual cluster can keep with one broker away.
const usualReplicas = 3;
const createTimeoutMs = 10_000;

/** Makes the topics of an installation, and holds those that exist to what is asked. Safe to run in several processes at once. */
export function declaration({ wire, replicationFactor, compression, warn }: TopicOptions): (specs: readonly TopicSpec[]) => Promise<void> {
  const channel = wire.open();

  async function declare(specs: readonly TopicSpec[]): Promise<void> {
    const names = specs.map(({ name }) => wire.nameOf(name));
    const existing = await wire.metadata.describe(names);
    const missing = specs.filter(({ name }) => !existing.has(wire.nameOf(name)));
    if (missing.length > 0) await create(missing);
    // Created is not yet usable: every partition must have a leader that all brokers know.
    const described = missing.length > 0 ? await wire.metadata.describe(names) : existing;
    for (const spec of specs) requirePartitions(spec, described.get(wire.nameOf(spec.name)));
    const kept = specs.filter((spec) => !missing.includes(spec));
    if (kept.length > 0) await compare(kept);
  }

  async function create(missing: readonly TopicSpec[]): Promise<void> {
    const replicas = replicationFactor ?? Math.min(usualReplicas, wire.metadata.brokers().length);
    const topics = missing.map((spec) => ({
      topic: wire.nameOf(spec.name),
      numPartitions: spec.partitions,
      replicationFactor: replicas,
      configEntries: [...configsOf(spec, { replicas, compression })].map(([name, value]) => ({ name, value })),
    }));
    const { topicErrors } = await channel.ask(await wire.metadata.controller(), 'CreateTopics', { topics, timeout: Math.min(createTimeoutMs, wire.answerTimeoutMs) });
    for (const { topic, errorCode, errorMessage } of topicErrors) {
      // Another process was quicker.
      if (errorCode !== codes.topicExists) requireOk(errorCode, `topic ${topic} cannot be created`, errorMessage);
    }
  }

  function requirePartitions({ name, partitions }: TopicSpec, found: TopicMetadata | undefined): void {
    const each = found?.partitionMetadata ?? [];
    if (each.length === 0 || each.some(({ leader }) => leader < 0)) throw new KafkaError(codes.leaderNotAvailable, `topic ${name} has no leader for each partition yet`);
    if (each.length !== partitions) throw mismatch(name, 'partitions', partitions, each.length);
  }

  async function compare(kept: readonly TopicSpec[]): Promise<void> {
    const found = await describeConfigs(channel, await wire.metadata.controller(), kept.map(({ name }) => wire.nameOf(name)));
    for (const spec of kept) {
      const { name, compacted = false } = spec;
      const configs = found.get(wire.nameOf(name)) ?? new Map<string, string>();
      if (isCompacted(configs) !== compacted) throw mismatch(name, 'compacted', compacted, !compacted);
      const changes = differences(configs, configsOf(spec, { replicas: 1, compression }));
      if (changes.length > 0) await adjust(name, changes);
    }
  }

  async function adjust(topic: string, changes: readonly (readonly [string, string])[]): Promise<void> {
    const settings = changes.map(([name, value]) => `${name}=${value}`).join(', ');
    try {
      await channel.send(await wire.metadata.controller(), alterConfigs(wire.nameOf(topic), changes));
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      warn(`Topic ${topic} should be set to ${settings}, and this could not be changed: ${error.message}`);
    }
  }

  return (specs) => (specs.length === 0 ? Promise.resolve() : wire.persist(`declare ${specs.map(({ name }) => name).join(', ')}`, () => declare(specs)));
}

function mismatch(topic: string, property: string, want: number | boolean, have: number | boolean): Fault {
  return new Fault('topic_mismatch', { topic, property, want, have }, { message: `Topic ${topic} exists with ${property} ${have}, where ${want} is wanted.` });
}
