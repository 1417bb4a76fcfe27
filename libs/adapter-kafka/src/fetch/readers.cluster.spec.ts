import { CompressionTypes, Kafka, type Producer } from 'kafkajs';
import { freshName, until } from '@hookyard/ports/testing';
import type { Message } from '@hookyard/ports';
import { openTestBus, testBrokers, textsOf } from '../cluster-harness.ts';
import type { KafkaBus } from '../kafka-bus.ts';

/** What readers see of a topic that others write to: transactions, markers, what was removed, messages without keys. The others are kafkajs. */
const kafka = new Kafka({ brokers: () => [...testBrokers()], logLevel: 0 });
const admin = kafka.admin();
const warnings: string[] = [];
const producers: Producer[] = [];
let bus: KafkaBus;

beforeAll(async () => {
  bus = await openTestBus({ onWarning: (warning) => void warnings.push(warning) });
  await admin.connect();
});

afterAll(async () => {
  await Promise.all(producers.map((each) => each.disconnect()));
  await admin.disconnect();
  await bus.close();
});

async function topic(): Promise<string> {
  const name = freshName('topic');
  await bus.declare([{ name, partitions: 1 }]);
  return name;
}

async function producer(transactionalId?: string): Promise<Producer> {
  const made = kafka.producer(transactionalId === undefined ? {} : { transactionalId, maxInFlightRequests: 1, idempotent: true });
  producers.push(made);
  await made.connect();
  return made;
}

async function seenBy(name: string, from: 'beginning' | ReadonlyMap<number, number>): Promise<string[]> {
  const seen: Message[] = [];
  const follower = await bus.follow({ topic: name, from, handle: (messages) => void seen.push(...messages) });
  await follower.caughtUp();
  await follower.stop();
  return textsOf(seen);
}

describe('transactions of others', () => {
  it('are seen when they are committed, never when they are aborted, and markers hold nobody up', async () => {
    const name = await topic();
    const [one, two] = [await producer(freshName('tx')), await producer(freshName('tx'))];
    const send = (through: { send: Producer['send'] }, text: string) => through.send({ topic: name, messages: [{ key: 'k', value: text, partition: 0 }] });
    const [a, b] = [await one.transaction(), await two.transaction()];
    await send(a, 'aborted 1');
    await send(b, 'committed 1');
    await bus.publish([{ topic: name, key: 'k', partition: 0, value: Buffer.from('plain') }]);
    await send(a, 'aborted 2');
    await send(b, 'committed 2');
    await a.abort();
    await b.commit();
    const again = await one.transaction();
    await send(again, 'committed 3');
    await again.commit();
    const last = await two.transaction();
    await send(last, 'aborted 3');
    await last.abort();

    // The newest offset is a marker, and behind the last message that anybody sees.
    const all = ['committed 1', 'plain', 'committed 2', 'committed 3'];
    expect(await seenBy(name, 'beginning')).toEqual(all);
    const [{ high } = { high: 0 }] = await bus.offsets(name);
    expect(high).toBe(11);
    expect(textsOf(await bus.read({ topic: name, partition: 0, offset: 0 }, 10))).toEqual(all);
    expect(textsOf(await bus.read({ topic: name, partition: 0, offset: 3 }, 10))).toEqual(['committed 2', 'committed 3']);
    expect(await bus.read({ topic: name, partition: 0, offset: 9 }, 10)).toEqual([]);
    expect(await seenBy(name, new Map([[0, 9]]))).toEqual([]);
  });

  it('are waited for while they are open', async () => {
    const name = await topic();
    const open = await (await producer(freshName('tx'))).transaction();
    await open.send({ topic: name, messages: [{ key: 'k', value: 'open', partition: 0 }] });
    await bus.publish([{ topic: name, key: 'k', value: Buffer.from('behind it') }]);
    const seen: string[] = [];
    const follower = await bus.follow({ topic: name, from: 'beginning', handle: (messages) => void seen.push(...textsOf(messages)) });
    let isCaughtUp = false;
    const caughtUp = follower.caughtUp().then(() => (isCaughtUp = true));
    const before = bus.state().counters['fetches'] ?? 0;
    await until(() => (bus.state().counters['fetches'] ?? 0) > before + 2);
    expect([seen, isCaughtUp]).toEqual([[], false]);
    await open.commit();
    await caughtUp;
    expect(seen).toEqual(['open', 'behind it']);
    await follower.stop();
  });
});

describe('messages of others', () => {
  it('may come without a key, with several headers of one name, compressed or not', async () => {
    const name = await topic();
    const other = await producer();
    await other.send({ topic: name, messages: [{ value: 'no key', headers: { a: ['1', '2'], b: Buffer.from('bytes') } }] });
    await other.send({ topic: name, compression: CompressionTypes.GZIP, messages: Array.from({ length: 50 }, (_, at) => ({ key: String(at), value: `gzip ${at}` })) });
    const found = await bus.read({ topic: name, partition: 0, offset: 0 }, 100);
    expect(found).toHaveLength(51);
    expect(found[0]).toMatchObject({ key: '', headers: { a: '2', b: 'bytes' } });
    expect(found[50]).toMatchObject({ key: '49', offset: 50 });
    // In the middle of a batch.
    expect(textsOf(await bus.read({ topic: name, partition: 0, offset: 30 }, 2))).toEqual(['gzip 29', 'gzip 30']);
  });
});

describe('what retention has removed', () => {
  it('is passed over by readers and followers, who go on at the oldest kept', async () => {
    const name = await topic();
    const message = (text: string) => ({ topic: name, key: 'k', value: Buffer.from(text) });
    await bus.publish(['a', 'b', 'c', 'd'].map(message));
    // Lets the admin client know the topic.
    await admin.fetchTopicOffsets(name);
    await admin.deleteTopicRecords({ topic: name, partitions: [{ partition: 0, offset: '3' }] });
    expect(await bus.offsets(name)).toEqual([{ partition: 0, low: 3, high: 4 }]);
    expect(textsOf(await bus.read({ topic: name, partition: 0, offset: 1 }, 10))).toEqual(['d']);
    expect(await bus.read({ topic: name, partition: 0, offset: 400 }, 10)).toEqual([]);
    expect(await seenBy(name, 'beginning')).toEqual(['d']);
    expect(warnings).toEqual([]);
    expect(await seenBy(name, new Map([[0, 1]]))).toEqual(['d']);
    expect(warnings).toEqual([expect.stringContaining('goes on at 3')]);
    expect(bus.state().counters['offsetResets']).toBe(1);
  });
});
