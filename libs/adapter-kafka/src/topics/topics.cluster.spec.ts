import { randomBytes } from 'node:crypto';
import { ConfigResourceTypes, Kafka } from 'kafkajs';
import { expectFault, freshName } from '@hookyard/ports/testing';
import { openTestBus, testBrokers } from '../cluster-harness.ts';
import type { KafkaBus } from '../kafka-bus.ts';

/** What declaring a topic makes of it on real servers, seen through kafkajs's own admin client. */
const admin = new Kafka({ brokers: () => [...testBrokers()], logLevel: 0 }).admin();
const warnings: string[] = [];
let bus: KafkaBus;

beforeAll(async () => {
  bus = await openTestBus({ onWarning: (warning) => void warnings.push(warning) });
  await admin.connect();
});

afterAll(async () => {
  await admin.disconnect();
  await bus.close();
});

async function settings(topic: string): Promise<Record<string, string>> {
  const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }] });
  return Object.fromEntries((resources[0]?.configEntries ?? []).map(({ configName, configValue }) => [configName, configValue]));
}

describe('a declared topic', () => {
  it('keeps everything for ever unless told otherwise, stamped by the server, in a codec that every reader knows', async () => {
    const name = freshName('topic');
    await bus.declare([{ name, partitions: 1 }]);
    expect(await settings(name)).toMatchObject({
      'cleanup.policy': 'delete',
      'retention.ms': '-1',
      'retention.bytes': '-1',
      'message.timestamp.type': 'LogAppendTime',
      'compression.type': 'gzip',
    });
  });

  it('is compacted, and forgets what is old, when asked', async () => {
    const [table, forgetful] = [freshName('table'), freshName('forgetful')];
    await bus.declare([
      { name: table, partitions: 1, compacted: true },
      { name: forgetful, partitions: 1, compacted: true, retentionMs: 3_600_000 },
    ]);
    expect(await settings(table)).toMatchObject({ 'cleanup.policy': 'compact' });
    expect(await settings(forgetful)).toMatchObject({ 'cleanup.policy': expect.stringMatching(/^(compact,delete|delete,compact)$/), 'retention.ms': '3600000' });
  });

  it('gets another retention when it is declared with another, and keeps what an operator set beside', async () => {
    const name = freshName('topic');
    await bus.declare([{ name, partitions: 1, retentionMs: 3_600_000 }]);
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name, configEntries: [{ name: 'segment.ms', value: '7200000' }, { name: 'retention.ms', value: '3600000' }] }],
    });
    await bus.declare([{ name, partitions: 1, retentionMs: 7_200_000 }]);
    // What the older request of the admin client had reset is put right as well.
    expect(await settings(name)).toMatchObject({ 'retention.ms': '7200000', 'segment.ms': '7200000', 'message.timestamp.type': 'LogAppendTime' });
    expect(warnings).toEqual([]);
  });

  it('says in which property it differs', async () => {
    const name = freshName('topic');
    await bus.declare([{ name, partitions: 2 }]);
    await expect(bus.declare([{ name, partitions: 3 }])).rejects.toMatchObject({ code: 'topic_mismatch', details: { topic: name, property: 'partitions', want: 3, have: 2 } });
    await expect(bus.declare([{ name, partitions: 2, compacted: true }])).rejects.toMatchObject({ details: { property: 'compacted', want: true, have: false } });
  });

  it('can be used by a process that did not declare it, and by two that declare it at once', async () => {
    const other = await openTestBus();
    const name = freshName('topic');
    await Promise.all([bus.declare([{ name, partitions: 3 }]), other.declare([{ name, partitions: 3 }])]);
    const third = await openTestBus();
    expect(await third.partitions(name)).toBe(3);
    await third.publish([{ topic: name, key: 'k', value: null }]);
    await Promise.all([other.close(), third.close()]);
  });

  it('bears the prefix of its installation on the server, and its own name on the bus', async () => {
    const installation = await openTestBus({ topicPrefix: 'north.' });
    const name = freshName('topic');
    await installation.declare([{ name, partitions: 1 }]);
    const [position] = await installation.publish([{ topic: name, key: 'k', value: Buffer.from('v') }]);
    expect(position).toMatchObject({ topic: name });
    expect(await installation.read({ topic: name, partition: 0, offset: 0 }, 1)).toMatchObject([{ topic: name, key: 'k' }]);
    await expectFault(bus.partitions(name), 'unknown_topic');
    expect(await bus.partitions(`north.${name}`)).toBe(1);
    await installation.close();
  });

  it('takes messages of 8 MiB, and refuses what is larger than it takes without harm to others', async () => {
    const name = freshName('topic');
    await bus.declare([{ name, partitions: 1 }]);
    const large = Buffer.alloc(8 * 1024 * 1024, 'x');
    // Bytes that no codec makes smaller.
    const tooLarge = randomBytes(13 * 1024 * 1024);
    const calls = await Promise.allSettled([
      bus.publish([{ topic: name, key: 'a', value: large }]),
      bus.publish([{ topic: name, key: 'b', value: tooLarge }]),
      bus.publish([{ topic: name, key: 'c', value: Buffer.from('small') }]),
    ]);
    expect(calls.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(calls[1]).toMatchObject({ reason: { code: 'payload_too_large' } });
    const [first] = await bus.read({ topic: name, partition: 0, offset: 0 }, 1);
    expect(first?.value?.equals(large)).toBe(true);
  });
});
