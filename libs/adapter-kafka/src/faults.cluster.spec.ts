import { faultProxy, freePort, startKafka, type FaultProxy, type Kafka } from '@hookyard/test-servers';
import { setTimeout as pause } from 'node:timers/promises';
import { expectFault, freshName, until } from '@hookyard/ports/testing';
import type { Message } from '@hookyard/ports';
import { contentsOf, openTestBus, publishUntil, textsOf } from './cluster-harness.ts';
import { openKafkaBus } from './index.ts';
import type { KafkaBus } from './kafka-bus.ts';
import type { KafkaBusOptions } from './options.ts';

/**
 * Real: a broker of this file's own, the bus, and a proxy between them that loses answers and cuts connections.
 * Asserted: what was acknowledged is there, at its place; what was not may be there, once or more often.
 */
let kafka: Kafka;
let proxy: FaultProxy;
const opened: KafkaBus[] = [];

beforeAll(async () => {
  const port = await freePort();
  kafka = await startKafka({ proxiedPort: port });
  proxy = await faultProxy({ port, target: kafka.brokers[0]?.proxyTarget ?? '' });
}, 120_000);

afterEach(async () => {
  proxy.stall(false);
  proxy.swallowAnswers(false);
  proxy.refuse(false);
  await Promise.all(opened.splice(0).map((bus) => bus.close()));
});

afterAll(async () => {
  await proxy.close();
  await kafka.stop();
});

async function busBehindProxy(options: Partial<KafkaBusOptions> = {}): Promise<KafkaBus> {
  const bus = await openTestBus({ brokers: [proxy.address], ...options });
  opened.push(bus);
  return bus;
}

/** Loses answers for a while, cuts, lets pass, and again, until the work is over. */
async function badNetwork(isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    proxy.swallowAnswers(true);
    await pause(20 + Math.random() * 120);
    // Connections that lost something are cut by this.
    proxy.swallowAnswers(false);
    await pause(Math.random() * 150);
    if (Math.random() < 0.3) proxy.cut();
    await pause(Math.random() * 150);
  }
}

describe('publishing over a bad network', () => {
  it('loses nothing acknowledged of many callers who share partitions, and keeps the order of each', async () => {
    const bus = await busBehindProxy();
    const topic = freshName('topic');
    await bus.declare([{ name: topic, partitions: 3 }]);
    let isOver = false;
    const network = badNetwork(() => isOver);
    const acknowledged = await publishUntil(bus, { topic, callers: 12, spread: 3, withinMs: 6_000 });
    isOver = true;
    await network;

    const found = await contentsOf(bus, topic);
    expect(acknowledged.lost(found)).toEqual([]);
    expect(acknowledged.outOfOrder(found)).toEqual([]);
    expect(acknowledged.count()).toBeGreaterThan(500);
    expect(bus.state().counters['resent']).toBeGreaterThan(0);
  });

  it('loses nothing acknowledged when a call is given up and another takes its turn', async () => {
    const bus = await busBehindProxy({ requestTimeoutMs: 600 });
    const topic = freshName('topic');
    await bus.declare([{ name: topic, partitions: 1 }]);
    const acknowledged = new Map<string, number>();
    let refused = 0;
    for (let round = 0; round < 5; round += 1) {
      proxy.swallowAnswers(true);
      await expectFault(bus.publish([{ topic, key: 'k', value: Buffer.from(`given up ${round}`) }]), 'unavailable');
      refused += 1;
      proxy.swallowAnswers(false);
      // A different batch, at the place where the one before was lost from sight.
      const [position] = await until(() => bus.publish([{ topic, key: 'k', value: Buffer.from(`kept ${round}`) }]));
      acknowledged.set(`kept ${round}`, position?.offset ?? -1);
    }
    const found = new Map((await contentsOf(bus, topic)).map((message) => [message.offset, textsOf([message])[0]]));
    for (const [text, offset] of acknowledged) expect(found.get(offset)).toBe(text);
    expect(refused).toBe(5);
  });

  it('refuses with `unavailable` when no answer comes in time, says so in its state, and is well again by itself', async () => {
    const bus = await busBehindProxy({ requestTimeoutMs: 900 });
    const topic = freshName('topic');
    await bus.declare([{ name: topic, partitions: 1 }]);
    expect(bus.state()).toMatchObject({ ok: true });
    proxy.stall(true);
    const beganAt = performance.now();
    const message = { topic, key: 'k', value: Buffer.from('v') };
    await expectFault(bus.publish([message]), 'unavailable');
    await expectFault(bus.offsets(topic), 'unavailable');
    expect(performance.now() - beganAt).toBeLessThan(4_000);
    expect(bus.state().ok).toBe(false);
    expect(bus.state().detail).toContain(proxy.address);
    expect(bus.state().counters['timeouts']).toBeGreaterThan(0);
    proxy.stall(false);
    await until(() => bus.publish([message]));
    expect(bus.state()).toMatchObject({ ok: true });
  });
});

describe('opening', () => {
  it('waits for a server that comes late', async () => {
    proxy.refuse(true);
    const opening = busBehindProxy();
    await pause(300);
    proxy.refuse(false);
    expect((await opening).state()).toMatchObject({ ok: true });
  });

  it('is refused with `unavailable`, naming the address and no credentials, when none comes', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const opening = openKafkaBus({ brokers: [address], clientId: 'test', startTimeoutMs: 700, sasl: { mechanism: 'plain', username: 'u', password: 'very secret' } });
    const error = await opening.catch((refusal: unknown) => refusal);
    expect(error).toMatchObject({ name: 'Fault', code: 'unavailable' });
    expect(String(error)).toContain(address);
    expect(String(error)).not.toContain('very secret');
  });

  it('refuses what is no address', async () => {
    await expectFault(openKafkaBus({ brokers: ['nonsense'], clientId: 'test' }), 'invalid_request');
    await expectFault(openKafkaBus({ brokers: [], clientId: 'test' }), 'invalid_request');
  });
});

describe('following over a bad network', () => {
  it('goes on where it was when connections are cut and the broker is killed and comes back, each message once and in order', async () => {
    const bus = await busBehindProxy();
    const direct = await openTestBus({ brokers: [kafka.address] });
    opened.push(direct);
    const topic = freshName('topic');
    await direct.declare([{ name: topic, partitions: 2 }]);
    const seen: Message[] = [];
    const follower = await bus.follow({ topic, from: 'beginning', handle: (messages) => void seen.push(...messages) });
    const published: { readonly partition: number; readonly offset: number }[] = [];
    for (let round = 0; round < 6; round += 1) {
      if (round % 2 === 0) proxy.cut();
      if (round === 3) {
        await kafka.kill();
        await kafka.restart();
      }
      const texts = Array.from({ length: 20 }, (_, at) => `${round}-${at}`);
      published.push(...(await direct.publish(texts.map((text) => ({ topic, key: text, value: Buffer.from(text) })))));
    }
    await Promise.all(published.map(({ partition, offset }) => follower.whenReached(partition, offset)));
    for (const partition of [0, 1]) {
      const offsets = seen.filter((message) => message.partition === partition).map(({ offset }) => offset);
      expect(offsets).toEqual([...new Set(offsets)].sort((a, b) => a - b));
      expect(offsets).toEqual(expect.arrayContaining(published.filter((place) => place.partition === partition).map(({ offset }) => offset)));
    }
    await follower.stop();
  }, 60_000);
});
