import type { TopicSpec } from '@hookyard/ports';
import type { Channel } from '../connection/channel.ts';
import { requireOk } from '../connection/errors.ts';
import { encoder, type Exchange } from '../connection/kafkajs.ts';

// https://kafka.apache.org/documentation/#topicconfigs
export type Configs = ReadonlyMap<string, string>;

// A message of the bus may hold a payload of 1 MiB and the heads of 10,000 deliveries.
const largestMessageBytes = 12 * 1024 * 1024;
const topicResource = 2;
const set = 0;

/** What a topic must be set to, beside partitions and replicas. */
export function configsOf(spec: TopicSpec, { replicas, compression }: { readonly replicas: number; readonly compression: 'none' | 'gzip' }): Configs {
  const { compacted = false, retentionMs } = spec;
  return new Map([
    ['cleanup.policy', cleanupPolicy(spec)],
    ['retention.ms', String(retentionMs ?? -1)],
    ...(compacted ? [] : [['retention.bytes', '-1'] as const]),
    // With acks=all: one replica may fail, and what was acknowledged is still on two.
    ['min.insync.replicas', replicas >= 3 ? '2' : '1'],
    // The time at which the bus took a message, so that offsets and times grow together.
    ['message.timestamp.type', 'LogAppendTime'],
    ['max.message.bytes', String(largestMessageBytes)],
    // Whatever producers send, readers meet a codec they know.
    ['compression.type', compression === 'gzip' ? 'gzip' : 'uncompressed'],
  ]);
}

function cleanupPolicy({ compacted = false, retentionMs }: TopicSpec): string {
  if (!compacted) return 'delete';
  return retentionMs === undefined ? 'compact' : 'compact,delete';
}

export function isCompacted(configs: Configs): boolean {
  return (configs.get('cleanup.policy') ?? '').split(',').includes('compact');
}

// Differences that are put right: promises of the bus, and retention. An operator's choice of replicas stays.
const adjusted = ['cleanup.policy', 'retention.ms', 'message.timestamp.type', 'max.message.bytes', 'compression.type'];

/** What of `wanted` differs in a way that must be changed. */
export function differences(found: Configs, wanted: Configs): readonly (readonly [name: string, value: string])[] {
  return [...wanted].filter(([name, value]) => adjusted.includes(name) && !isEnough(name, found.get(name), value));
}

function isEnough(name: string, found: string | undefined, wanted: string): boolean {
  if (name === 'max.message.bytes') return Number(found) >= Number(wanted);
  if (name === 'cleanup.policy') return sorted(found ?? '') === sorted(wanted);
  return found === wanted;
}

const sorted = (list: string): string => list.split(',').sort().join();

/** How these topics are set now. */
export async function describeConfigs(channel: Channel, node: number, names: readonly string[]): Promise<ReadonlyMap<string, Configs>> {
  const configNames = ['cleanup.policy', 'retention.ms', 'message.timestamp.type', 'max.message.bytes', 'compression.type'];
  const { resources } = await channel.ask(node, 'DescribeConfigs', { resources: names.map((name) => ({ type: topicResource, name, configNames })) });
  return new Map(
    resources.map(({ resourceName, errorCode, configEntries }) => {
      requireOk(errorCode, `the settings of topic ${resourceName}`);
      return [resourceName, new Map(configEntries.map(({ configName, configValue }) => [configName, configValue ?? '']))];
    }),
  );
}

/** IncrementalAlterConfigs 0: sets these and leaves the others as they are, which the older request of kafkajs would reset. */
export function alterConfigs(name: string, changes: readonly (readonly [string, string])[]): Exchange<void> {
  const entries = changes.map(([key, value]) => encoder().writeString(key).writeInt8(set).writeString(value));
  const resource = encoder().writeInt8(topicResource).writeString(name).writeArray(entries);
  return {
    request: { apiKey: 44, apiVersion: 0, apiName: 'IncrementalAlterConfigs', encode: async () => encoder().writeArray([resource]).writeBoolean(false) },
    response: {
      async decode(payload) {
        // Throttle time (4), count of resources (4), then code and message of the only one.
        const messageLength = payload.readInt16BE(10);
        const message = messageLength > 0 ? payload.toString('utf8', 12, 12 + messageLength) : null;
        requireOk(payload.readInt16BE(8), `the settings of topic ${name}`, message);
      },
    },
  };
}
