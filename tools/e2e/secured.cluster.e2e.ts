/** Servers that speak TLS and want to know who asks: Kafka with SASL over TLS, EventStoreDB with TLS and a user. Real: all of it, on servers of our own. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selfSigned, startEventStoreServer, type EventStoreServer } from '@hookyard/eventstore-test-server';
import { startKafka, type Kafka } from '@hookyard/test-servers';
import { startCluster } from '../src/cluster.ts';
import { startReceiver } from '../src/receiver.ts';
import { hookyardApi, newEvent, newProject, newSecret, structured, until } from './harness.ts';

describe('on servers that want to know who asks', () => {
  let folder: string;
  let kafka: Kafka;
  let store: EventStoreServer;
  let settings: Record<string, string>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hookyard-secured-'));
    const certificate = selfSigned('127.0.0.1');
    const user = { name: 'ops', password: 'p@ss:word/1' };
    [kafka, store] = await Promise.all([startKafka({ security: 'SASL_SSL' }), startEventStoreServer({ data: join(folder, 'store'), user, tls: certificate })]);
    await writeFile(join(folder, 'kafka.pem'), kafka.secured?.ca ?? '');
    await writeFile(join(folder, 'store.pem'), certificate.cert);
    settings = {
      HOOKYARD_KAFKA_BROKERS: kafka.secured?.address ?? '',
      HOOKYARD_KAFKA_TLS: 'true',
      HOOKYARD_KAFKA_CA_FILE: join(folder, 'kafka.pem'),
      HOOKYARD_KAFKA_SASL: 'scram-sha-512',
      HOOKYARD_KAFKA_USERNAME: kafka.secured?.user?.name ?? '',
      HOOKYARD_KAFKA_PASSWORD: kafka.secured?.user?.password ?? '',
      HOOKYARD_EVENTSTORE_URL: `esdb://127.0.0.1:${store.port}?tls=true&tlsCAFile=${encodeURIComponent(join(folder, 'store.pem'))}`,
      HOOKYARD_EVENTSTORE_USERNAME: user.name,
      HOOKYARD_EVENTSTORE_PASSWORD: user.password,
    };
  });
  afterAll(async () => {
    await Promise.all([kafka.stop(), store.stop()]);
    await rm(folder, { recursive: true, force: true });
  });

  it('works like on any other, and keeps the passwords to itself', async () => {
    const cluster = await startCluster({ settings });
    const receiver = await startReceiver();
    try {
      const api = hookyardApi(cluster.url, cluster.adminToken);
      const project = await newProject(api);
      expect((await api.post(`${project}/webhooks`, { name: 'one', url: receiver.url, eventTypes: ['*'], secret: newSecret() })).status).toBe(201);
      expect((await api.post(`${project}/events`, newEvent(), structured)).status).toBe(202);
      await until('the delivery', () => receiver.received[0]);
      for (const name of ['HOOKYARD_KAFKA_PASSWORD', 'HOOKYARD_EVENTSTORE_PASSWORD']) expect(cluster.output()).not.toContain(settings[name]);
    } finally {
      await cluster.stop();
      await receiver.stop();
    }
  });

  it('does not start with a wrong password, and says so in a sentence', async () => {
    const wrong = { ...settings, HOOKYARD_KAFKA_PASSWORD: 'guessed', HOOKYARD_SERVER_START_TIMEOUT_MS: '3000' };
    await expect(startCluster({ settings: wrong })).rejects.toThrow(/(Kafka|brokers?).*(password|log in|SASL|authenti)/is);
  });
});
