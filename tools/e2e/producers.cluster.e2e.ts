/** Producers that write CloudEvents to the topic themselves, with a client that knows nothing of Hookyard. */
import { randomUUID } from 'node:crypto';
import { Kafka, logLevel, type Message } from 'kafkajs';
import { startCluster, type Cluster } from '../src/cluster.ts';
import { startReceiver, type Receiver } from '../src/receiver.ts';
import { hookyardApi, newProject, newSecret, until, type Api } from './harness.ts';

describe('a producer on Kafka', () => {
  let cluster: Cluster;
  let api: Api;
  let receiver: Receiver;
  let project: string;
  let kafka: Kafka;

  beforeAll(async () => {
    cluster = await startCluster();
    api = hookyardApi(cluster.url, cluster.adminToken);
    receiver = await startReceiver();
    const path = await newProject(api);
    project = path.slice('/v1/projects/'.length);
    expect((await api.post(`${path}/webhooks`, { name: 'all', url: receiver.url, eventTypes: ['*'], secret: newSecret() })).status).toBe(201);
    kafka = new Kafka({ brokers: (process.env['HOOKYARD_TEST_KAFKA'] ?? '').split(','), logLevel: logLevel.NOTHING });
  });
  afterAll(async () => {
    await receiver.stop();
    await cluster.stop();
  });

  const topic = (name: string): string => `${cluster.namespace}.${name}`;

  async function produce(messages: readonly Message[]): Promise<void> {
    const producer = kafka.producer();
    await producer.connect();
    for (const message of messages) await producer.send({ topic: topic('events'), messages: [message] });
    await producer.disconnect();
  }

  const binary = (id: string, data: string, more: Record<string, string> = {}): Pick<Message, 'headers' | 'value'> => ({
    value: data,
    headers: { ce_specversion: '1.0', ce_id: id, ce_source: '/producer', ce_type: 'made.on.kafka', ce_project: project, 'content-type': 'application/json', ...more },
  });
  const received = (id: string) => receiver.received.filter(({ body }) => (JSON.parse(body.toString()) as { id: string }).id === id);

  it('has its events delivered in either mode, whatever their key, payload byte for byte', async () => {
    const payload = '{ "amount":1.50, "note":"\\u00e9" }';
    const structured = `{"specversion":"1.0","id":"structured","source":"/producer","type":"made.on.kafka","project":"${project}","data":${payload}}`;
    await produce([
      { ...binary('keyed', payload), key: project },
      { ...binary('unkeyed', payload) },
      { ...binary('otherwise', payload), key: randomUUID() },
      { key: 'whatever', value: structured, headers: { 'content-type': 'application/cloudevents+json; charset=UTF-8' } },
    ]);
    for (const id of ['keyed', 'unkeyed', 'otherwise', 'structured']) {
      const request = await until(`the delivery of ${id}`, () => received(id)[0]);
      expect(request.body.toString()).toContain(`"data":${payload}`);
      expect(Number(request.headers['webhook-sequence'])).toBeGreaterThan(0);
    }
  });

  it('may repeat itself: source and id tell', async () => {
    await produce([{ ...binary('again', '{}') }, { ...binary('again', '{}'), key: project }, { ...binary('behind', '{}'), key: project }, { ...binary('last', '{}'), key: project }]);
    await until('the last one', () => received('last')[0]);
    await until('the repeated one', () => received('again')[0]);
    expect(received('again')).toHaveLength(1);
  });

  it('finds what is no event in the dead letters, with the reason, and everything else goes on', async () => {
    await produce([
      { value: 'hello', headers: { from: 'a stranger' } },
      { ...binary('broken', '{ not json') },
      { ...binary('homeless', '{}', { ce_project: 'No Such Form' }) },
      { value: '{"specversion":"1.0"', headers: { 'content-type': 'application/cloudevents+json' } },
      { ...binary('sound', '{}'), key: project },
    ]);
    await until('the sound one', () => received('sound')[0]);
    const letters = new Map<string, string>();
    const consumer = kafka.consumer({ groupId: topic(`reader-${randomUUID()}`) });
    await consumer.connect();
    await consumer.subscribe({ topic: topic('dead-letters'), fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message }) => void letters.set(message.value?.toString() ?? '', message.headers?.['hy-dead-reason']?.toString() ?? ''),
    });
    await until('four dead letters', () => letters.size === 4, 60_000);
    await consumer.disconnect();
    expect(letters.get('hello')).toMatch(/^Not an event: .*specversion is required/);
    expect(letters.get('{ not json')).toMatch(/data is not JSON/);
    expect(letters.get('{}')).toMatch(/project must be the id of a project/);
    expect(letters.get('{"specversion":"1.0"')).toMatch(/is not JSON/);
  });
});
