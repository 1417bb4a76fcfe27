import { randomUUID } from 'node:crypto';
import type { EventStore, NewEvent, RecordedEvent, Watched } from '@hookyard/ports';
import { expectFault, freshName, until } from '@hookyard/ports/testing';
import { openEventStoreDb, type EventStoreDbOptions } from './open.ts';
import { startFaultyServer, type FaultyServer } from './server-harness.ts';

// Real: the adapter and its client. Doubled: the server, by the test server of this repository, which fails on demand.
// May be asserted: what stands in the streams, what the adapter answers and counts.

const facts = (...types: readonly string[]): NewEvent[] => types.map((type) => ({ id: randomUUID(), type, data: { of: type } }));
const typesOf = (events: readonly RecordedEvent[]) => events.map(({ type }) => type);

let server: FaultyServer;
const opened: EventStore[] = [];

beforeAll(async () => void (server = await startFaultyServer()));
afterAll(() => server.stop());
afterEach(async () => {
  await server.heal();
  await Promise.all(opened.splice(0).map((store) => store.close()));
});

async function open(options: Partial<EventStoreDbOptions> = {}): Promise<EventStore & Watched> {
  const store = await openEventStoreDb({ connectionString: server.connectionString, ...options });
  opened.push(store);
  return store;
}

async function appendMany(store: EventStore, count = 20): Promise<void> {
  const streams = Array.from({ length: count }, () => freshName('many'));
  const answers = await Promise.all(streams.map((stream) => store.append(stream, facts('a', 'b'), 'no_stream')));
  expect(answers.every(({ revision, repeated }) => revision === 1 && !repeated)).toBe(true);
  for (const stream of streams) expect(typesOf(await store.read(stream))).toEqual(['a', 'b']);
}

describe('appends, each done once and answered', () => {
  it.each([
    ['are never answered', 'silence', { calls: 'appends', times: 3 }],
    ['are done, and the connection is cut instead of answering', 'dropReply', { times: 2 }],
    ['find the server busy', 'busy', { times: 5 }],
    ['find the server starting', 'notReady', { calls: 'appends', times: 5 }],
    ['share a stream that ends without an error', 'endBatchStream', { times: 1 }],
    ['are answered later than one try takes', 'delay', { ms: 1_300, calls: 'appends', times: 1 }],
  ])('even when some %s', async (_, fault, settings) => {
    // Tries of one second.
    const store = await open({ requestTimeoutMs: 6_000 });
    await store.append(freshName('before'), facts('x'), 'no_stream');
    await server.fail(fault, settings);
    await appendMany(store);
    expect(store.state().ok).toBe(true);
    expect(store.state().counters['resent']).toBeGreaterThan(0);
  });

  it('stay on their connection while the server is only busy', async () => {
    const store = await open();
    await server.fail('busy', { times: 3 });
    await appendMany(store, 5);
    expect(store.state().counters).toMatchObject({ connects: 1, timeouts: 0 });
  });

  it('need not know what the server can', async () => {
    await server.fail('failServerFeatures', { code: 13 });
    await appendMany(await open());
  });

  it('go to the leader', async () => {
    const [store, leader] = [await open(), await startFaultyServer()];
    try {
      await server.fail('notLeader', { host: '127.0.0.1', port: leader.port });
      const stream = freshName('led');
      await store.append(stream, facts('a'), 'no_stream');
      const there = await open({ connectionString: leader.connectionString });
      expect(typesOf(await there.read(stream))).toEqual(['a']);
      expect(store.state().counters).toMatchObject({ connects: 2 });
    } finally {
      await leader.stop();
    }
  });

  it('are sent in the order asked, from the first one of a connection on', async () => {
    const store = await open();
    const answers = await Promise.all(Array.from({ length: 10 }, () => store.append(freshName('order'), facts('a'), 'no_stream')));
    const positions = answers.map(({ position }) => position);
    expect(positions).toEqual(positions.toSorted((left, right) => left - right));
  });

  it('leave those of another store alone when an answer is lost', async () => {
    const [one, other] = [await open(), await open()];
    await server.fail('dropReply', { times: 1 });
    await Promise.all([appendMany(one, 50), appendMany(other, 50)]);
    expect(one.state().counters['connects']! + other.state().counters['connects']!).toBe(3);
  });
});

describe('what cannot be sent', () => {
  it('is refused at once, and hinders nothing else', async () => {
    const [store, stream] = [await open(), freshName('odd')];
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    for (const data of [{ big: 1n }, circle]) await expect(store.append(stream, [...facts('a'), { id: randomUUID(), type: 'Odd', data }], 'no_stream')).rejects.toThrow(/is not a JSON value/);
    await expect(store.append('$mine', facts('a'), 'no_stream')).rejects.toThrow(/belong to the server/);
    await expect(store.append(stream, [], 'no_stream')).rejects.toThrow(/nothing to append/);
    expect(await store.read(stream)).toEqual([]);
    await appendMany(store, 3);
  });

  it('is refused as too large where the server has its limit', async () => {
    const [store, stream] = [await open(), freshName('large')];
    const large = { id: randomUUID(), type: 'Large', data: 'x'.repeat(5 * 1024 * 1024) };
    await expectFault(store.append(stream, [large], 'no_stream'), 'payload_too_large');
    await expect(store.append(stream, [large], 'no_stream')).rejects.toMatchObject({ details: { maxBytes: 1_048_576 } });
    // Larger than one message.
    const several = Array.from({ length: 9 }, (_, at) => ({ id: randomUUID(), type: `Part${at}`, data: 'x'.repeat(900_000) }));
    await expectFault(store.append(stream, several, 'no_stream'), 'payload_too_large');
    expect(await store.read(stream)).toEqual([]);
    await store.append(stream, facts('small'), 'no_stream');
  });
});

describe('a subscription, which shows everything once and in order', () => {
  it.each([
    ['overflow', { as: 'overflow' }],
    ['cancelled', { as: 'cancelled' }],
    ['unavailable', { as: 'unavailable' }],
    ['fell behind', { as: 'fell_behind' }],
  ])('even when the server ends it: %s', async (_, settings) => {
    const [store, streamPrefix] = [await open(), freshName('dropped')];
    const seen: string[] = [];
    let caughtUp = 0;
    const handle = async (events: readonly RecordedEvent[]) => void seen.push(...typesOf(events));
    const subscription = await store.subscribe({ streamPrefix, handle, onCaughtUp: () => (caughtUp += 1) });
    const expected: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      await until(() => caughtUp > round);
      await server.fail('dropSubscription', { ...settings, times: 1 });
      const types = ['a', 'b', 'c'].map((name) => `${name}${round}`);
      const { position } = await store.append(`${streamPrefix}-${round}`, facts(...types), 'no_stream');
      expected.push(...types);
      await subscription.whenReached(position);
    }
    expect(seen).toEqual(expected);
  });

  it('even to a handler much slower than what comes, with a bounded number waiting', async () => {
    const [store, streamPrefix] = [await open(), freshName('slow')];
    const all = Array.from({ length: 6_000 }, (_, at) => `e${at}`);
    let position = 0;
    for (let at = 0; at < all.length; at += 500) ({ position } = await store.append(`${streamPrefix}-${at}`, facts(...all.slice(at, at + 500)), 'no_stream'));
    const seen: string[] = [];
    const sizes: number[] = [];
    const subscription = await store.subscribe({
      streamPrefix,
      async handle(events) {
        // As long as one that stores things takes: meanwhile far more arrives than is taken.
        await store.read(`${streamPrefix}-0`, { limit: 100 });
        sizes.push(events.length);
        seen.push(...typesOf(events));
      },
    });
    await subscription.whenReached(position);
    expect(seen).toEqual(all);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1_000);
    expect(sizes.length).toBeLessThan(all.length / 10);
  });
});

describe('a server that is killed and started again', () => {
  it('is found again by appends, reads and subscriptions, with what it had acknowledged', async () => {
    const own = await startFaultyServer();
    try {
      const [store, stream] = [await open({ connectionString: own.connectionString }), freshName('killed')];
      const seen: string[] = [];
      const subscription = await store.subscribe({ streamPrefix: stream, handle: async (events) => void seen.push(...typesOf(events)) });
      await subscription.whenReached((await store.append(stream, facts('a'), 'no_stream')).position);
      await own.kill();
      const waiting = [store.append(stream, facts('b'), 0), store.read(stream)] as const;
      await until(() => (store.state().counters['retries'] ?? 0) >= 4);
      expect(store.state().ok).toBe(false);
      await own.restart();
      const [appended, read] = await Promise.all(waiting);
      expect(typesOf(read).at(0)).toBe('a');
      await subscription.whenReached(appended.position);
      expect(seen).toEqual(['a', 'b']);
    } finally {
      await own.stop();
    }
  });
});

describe('a server that denies access', () => {
  it('is not asked again and again', async () => {
    // Without TLS the client sends no credentials.
    const closed = await startFaultyServer(['--user', 'admin:changeit']);
    try {
      const opening = openEventStoreDb({ connectionString: closed.connectionString.replace('esdb://', 'esdb://admin:changeit@'), startTimeoutMs: 600_000 });
      await expect(opening).rejects.toThrow(/EventStoreDB at 127\.0\.0\.1:\d+ denies access/);
    } finally {
      await closed.stop();
    }
  });
});
