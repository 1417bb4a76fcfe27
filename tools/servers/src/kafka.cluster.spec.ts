import { until } from '@hookyard/ports/testing';
import { jest } from '@jest/globals';
import { Kafka as Client, logLevel, type KafkaConfig } from 'kafkajs';
import { faultProxy, freePort, startKafka, type Kafka } from './index.ts';

/**
 * Real: brokers, started and killed here, and kafkajs. Doubled: nothing.
 * These tests are about the servers of the tests; what the adapter makes of a killed broker is told in its own suites.
 */
const client = (brokers: string, more: Partial<KafkaConfig> = {}) =>
  new Client({ brokers: brokers.split(','), logLevel: logLevel.NOTHING, connectionTimeout: 2_000, retry: { retries: 30, initialRetryTime: 50, maxRetryTime: 500 }, ...more });

const topic = 'records';

async function createTopic(kafka: Client, replicationFactor = 1): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1, replicationFactor }], waitForLeaders: true });
  await admin.disconnect();
}

async function publish(kafka: Client, value: string): Promise<void> {
  const producer = kafka.producer();
  await producer.connect();
  try {
    await producer.send({ topic, acks: -1, messages: [{ value }] });
  } finally {
    await producer.disconnect();
  }
}

async function valuesOf(kafka: Client, count: number): Promise<readonly string[]> {
  const values: string[] = [];
  const consumer = kafka.consumer({ groupId: `readers-${process.hrtime.bigint()}`, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => void values.push(String(message.value)) });
  try {
    await until(() => values.length >= count);
  } finally {
    await consumer.disconnect();
  }
  return values;
}

describe('a Kafka broker', () => {
  const servers: Kafka[] = [];
  const start = async (options?: Parameters<typeof startKafka>[0]): Promise<Kafka> => {
    const kafka = await startKafka(options);
    servers.push(kafka);
    return kafka;
  };
  jest.setTimeout(60_000);
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.stop()));
  });

  it('comes back after a kill, at the same address, with what it acknowledged', async () => {
    const server = await start();
    const kafka = client(server.address);
    await createTopic(kafka);
    await publish(kafka, 'before');
    const [pid] = server.pids();
    await server.kill();
    await server.restart();
    expect(server.pids()).not.toContain(pid);
    await publish(kafka, 'after');
    expect(await valuesOf(kafka, 2)).toEqual(['before', 'after']);
  });

  it('answers nothing while it is paused, and goes on as if nothing had been', async () => {
    const server = await start();
    const kafka = client(server.address);
    await createTopic(kafka);
    server.pause();
    let isDone = false;
    const published = publish(kafka, 'late').then(() => void (isDone = true));
    await expect(client(server.address, { requestTimeout: 500, retry: { retries: 0 } }).admin().connect()).rejects.toThrow();
    expect(isDone).toBe(false);
    server.resume();
    await published;
    expect(await valuesOf(kafka, 1)).toEqual(['late']);
  });

  it('tells clients of its second listener to come through the proxy, which can lose an answer and cut', async () => {
    const port = await freePort();
    const server = await start({ proxiedPort: port });
    const proxy = await faultProxy({ port, target: server.brokers[0]?.proxyTarget ?? '' });
    try {
      const behind = client(proxy.address, { requestTimeout: 500, retry: { retries: 0 } });
      await createTopic(client(server.address));
      const producer = behind.producer();
      await producer.connect();
      await producer.send({ topic, acks: -1, messages: [{ value: 'answered' }] });
      proxy.swallowAnswers(true);
      await expect(producer.send({ topic, acks: -1, messages: [{ value: 'unanswered' }] })).rejects.toThrow(/timed out/i);
      proxy.swallowAnswers(false);
      proxy.cut();
      await until(() => proxy.connections() === 0);
      await producer.disconnect();
      await publish(client(proxy.address), 'again');
      expect(await valuesOf(client(server.address), 3)).toEqual(['answered', 'unanswered', 'again']);
    } finally {
      await proxy.close();
    }
  });

  it('is one of three when asked: with the leader killed the others go on, and it joins them again', async () => {
    const server = await start({ brokers: 3 });
    const kafka = client(server.address);
    await createTopic(kafka, 3);
    await publish(kafka, 'three');
    const admin = kafka.admin();
    await admin.connect();
    const partition = async () => (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0]?.partitions[0];
    const before = await partition();
    const leader = server.brokers.find(({ id }) => id === before?.leader);
    await leader?.kill();
    await publish(kafka, 'two');
    expect((await partition())?.leader).not.toBe(leader?.id);
    await leader?.restart();
    await until(async () => (await partition())?.isr.length === 3, { withinMs: 60_000 });
    await admin.disconnect();
    expect(await valuesOf(kafka, 2)).toEqual(['three', 'two']);
    // Six starts of a Java program on a machine that may be busy with others.
  }, 120_000);

  it('with TLS and SASL lets in whoever knows the password, by each mechanism, and nobody else', async () => {
    const { secured, address } = await start({ security: 'SASL_SSL' });
    const { name: username, password } = secured?.user ?? { name: '', password: '' };
    const open = { ssl: { ca: [secured?.ca ?? ''] }, retry: { retries: 0 } };
    const enter = async (more: Partial<KafkaConfig>) => {
      const admin = client(secured?.address ?? '', { ...open, ...more }).admin();
      await admin.connect();
      await admin.disconnect();
    };
    await createTopic(client(address));
    await enter({ sasl: { mechanism: 'plain', username, password } });
    await enter({ sasl: { mechanism: 'scram-sha-256', username, password } });
    await enter({ sasl: { mechanism: 'scram-sha-512', username, password } });
    await expect(enter({ sasl: { mechanism: 'plain', username, password: 'guessed' } })).rejects.toThrow(/authentication/i);
    await expect(enter({ sasl: { mechanism: 'scram-sha-512', username, password: 'guessed' } })).rejects.toThrow(/authentication/i);
    await expect(enter({ ssl: true, sasl: { mechanism: 'plain', username, password } })).rejects.toThrow(/certificate/i);
  });

  it('with TLS alone shows a certificate for its address', async () => {
    const { secured } = await start({ security: 'SSL' });
    const kafka = client(secured?.address ?? '', { ssl: { ca: [secured?.ca ?? ''] } });
    await createTopic(kafka);
    await publish(kafka, 'sealed');
    expect(await valuesOf(kafka, 1)).toEqual(['sealed']);
  });
});
