import { randomUUID } from 'node:crypto';
import type { EventStore, NewEvent, RecordedEvent, Watched } from '@hookyard/ports';
import { expectFault, freshName, until } from '@hookyard/ports/testing';
import { connectionString, wayTo, type Way } from './cluster-harness.ts';
import { openEventStoreDb, type EventStoreDbOptions } from './open.ts';

// Real: the server named in the environment, the adapter, its client. Doubled: the network, by a proxy. May be asserted: what stands in the
// streams, as one who comes another way reads it; what the adapter answers and counts.

const facts = (...types: readonly string[]): NewEvent[] => types.map((type) => ({ id: randomUUID(), type, data: { of: type } }));
const typesOf = (events: readonly RecordedEvent[]) => events.map(({ type }) => type);

let way: Way;
let witness: EventStore;
const opened: EventStore[] = [];
const warnings: string[] = [];

beforeAll(async () => void (witness = await openEventStoreDb({ connectionString: connectionString() })));
afterAll(() => witness.close());
beforeEach(async () => void (way = await wayTo(connectionString())));
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
  await way.close();
  warnings.length = 0;
});

async function open(options: Partial<EventStoreDbOptions> = {}): Promise<EventStore & Watched> {
  const onWarning = (message: string) => void warnings.push(message);
  const store = await openEventStoreDb({ connectionString: way.connectionString, onWarning, ...options });
  opened.push(store);
  return store;
}

describe('an append whose answer is lost', () => {
  it('is sent again with the same ids, and stands once', async () => {
    const [store, stream] = [await open({ requestTimeoutMs: 3_000 }), freshName('lost')];
    way.swallow('these');
    const appended = await store.append(stream, facts('a', 'b'), 'no_stream');
    expect(appended).toMatchObject({ revision: 1, repeated: false });
    expect(typesOf(await witness.read(stream))).toEqual(['a', 'b']);
    const { ok, counters } = store.state();
    expect(ok).toBe(true);
    for (const counter of ['timeouts', 'resent']) expect(counters[counter]).toBeGreaterThan(0);
    expect((await store.append(stream, facts('c'), 1)).revision).toBe(2);
  });

  it('is refused as unavailable when nothing is heard for so long, though it was done; asked for again, it stands once', async () => {
    const [store, stream, events] = [await open({ requestTimeoutMs: 1_000 }), freshName('lost'), facts('a')];
    way.swallow('all');
    const asked = performance.now();
    await expectFault(store.append(stream, events, 'no_stream'), 'unavailable');
    expect(performance.now() - asked).toBeLessThan(5_000);
    expect(store.state()).toMatchObject({ ok: false, detail: expect.stringContaining('no answer in') });
    await until(async () => (await witness.read(stream)).length > 0);
    way.swallow('none');
    expect((await store.append(stream, events, 'no_stream')).revision).toBe(0);
    expect(typesOf(await witness.read(stream))).toEqual(['a']);
    expect(store.state().ok).toBe(true);
  });

  it('never disturbs the appends of another store in the process', async () => {
    const [store, other] = [await open({ requestTimeoutMs: 6_000 }), await open({ connectionString: connectionString() })];
    way.swallow('these');
    const lost = store.append(freshName('lost'), facts('a'), 'no_stream');
    const others = await Promise.all(Array.from({ length: 50 }, () => other.append(freshName('other'), facts('x'), 'no_stream')));
    way.cut();
    const more = await Promise.all(Array.from({ length: 50 }, () => other.append(freshName('other'), facts('x'), 'no_stream')));
    expect([...others, ...more].every(({ repeated }) => !repeated)).toBe(true);
    expect(other.state().counters).toMatchObject({ retries: 0, connects: 1 });
    expect((await lost).repeated).toBe(false);
  });
});

describe('a connection that is cut again and again', () => {
  it('loses and doubles nothing of what is appended meanwhile', async () => {
    const store = await open();
    const streams = Array.from({ length: 8 }, () => freshName('cut'));
    let appended = 0;
    const writing = Promise.all(
      streams.map(async (stream) => {
        for (let revision = -1; revision < 29; revision += 1) {
          const answer = await store.append(stream, facts(`${revision + 1}`), revision < 0 ? 'no_stream' : revision);
          expect(answer).toMatchObject({ revision: revision + 1, repeated: false });
          appended += 1;
        }
      }),
    );
    for (const cutAt of [20, 60, 100, 140, 180]) {
      await until(() => appended >= cutAt);
      way.cut();
    }
    await writing;
    for (const stream of streams) expect(typesOf(await witness.read(stream))).toEqual(Array.from({ length: 30 }, (_, at) => String(at)));
    expect(store.state().counters['connects']).toBeGreaterThan(1);
  });

  it('hides nothing from a subscription, and shows it nothing twice', async () => {
    const [store, streamPrefix] = [await open(), freshName('cut')];
    const seen: string[] = [];
    let caughtUp = 0;
    const handle = async (events: readonly RecordedEvent[]) => void seen.push(...typesOf(events));
    const subscription = await store.subscribe({ streamPrefix, handle, onCaughtUp: () => (caughtUp += 1) });
    await until(() => caughtUp > 0);
    for (let round = 0; round < 5; round += 1) {
      const before = caughtUp;
      const { position } = await witness.append(`${streamPrefix}-${round}`, facts(`${round}a`, `${round}b`), 'no_stream');
      if (round % 2 === 0) await subscription.whenReached(position);
      way.cut();
      await until(() => caughtUp > before);
    }
    const { position } = await witness.append(streamPrefix, facts('end'), 'no_stream');
    await subscription.whenReached(position);
    expect(seen).toEqual([...[0, 1, 2, 3, 4].flatMap((round) => [`${round}a`, `${round}b`]), 'end']);
    expect(store.state().counters['resumed']).toBeGreaterThanOrEqual(5);
  });
});

describe('a connection that goes silent', () => {
  it('is given up for all that use it as soon as one has waited too long', async () => {
    const [store, streamPrefix] = [await open({ requestTimeoutMs: 3_000 }), freshName('silent')];
    const seen: string[] = [];
    const subscription = await store.subscribe({ streamPrefix, handle: async (events) => void seen.push(...typesOf(events)) });
    await subscription.whenReached((await store.append(streamPrefix, facts('a'), 'no_stream')).position);
    way.swallow('these');
    await subscription.whenReached((await store.append(streamPrefix, facts('b'), 0)).position);
    expect(seen).toEqual(['a', 'b']);
    expect(typesOf(await store.read(streamPrefix))).toEqual(['a', 'b']);
  });

  it('does not keep a subscription from positions that the server has told another way', async () => {
    const [store, streamPrefix] = [await open({ requestTimeoutMs: 3_000 }), freshName('silent')];
    const subscription = await store.subscribe({ streamPrefix, handle: async () => {} });
    await subscription.whenReached((await store.append(streamPrefix, facts('a'), 'no_stream')).position);
    way.swallow('these');
    await subscription.whenReached((await witness.append(freshName('stranger'), facts('x'), 'no_stream')).position);
  });
});

describe('a server that is away', () => {
  it('is waited for, and comes back by itself', async () => {
    const [store, stream] = [await open({ requestTimeoutMs: 20_000 }), freshName('away')];
    await store.append(stream, facts('a'), 'no_stream');
    way.refuse(true);
    way.cut();
    const waiting = [store.append(stream, facts('b'), 0), store.read(stream), store.retention(stream), store.readAll({ streamPrefix: stream })] as const;
    await until(() => (store.state().counters['retries'] ?? 0) >= 8);
    expect(store.state()).toMatchObject({ ok: false, detail: expect.stringContaining('127.0.0.1') });
    way.refuse(false);
    const [appended, read] = await Promise.all(waiting);
    expect(appended.revision).toBe(1);
    expect(typesOf(read).slice(0, 1)).toEqual(['a']);
    expect(store.state().ok).toBe(true);
    expect(warnings.at(0)).toMatch(/does not answer/);
    expect(warnings.at(-1)).toMatch(/answers again/);
  });

  it('is told of when it is not there at the start, and without credentials', async () => {
    way.refuse(true);
    const elsewhere = way.connectionString.replace('esdb://', 'esdb://admin:hush@');
    const refused = open({ connectionString: elsewhere, startTimeoutMs: 300 });
    await expectFault(refused, 'unavailable');
    await expect(refused).rejects.toThrow(/EventStoreDB at 127\.0\.0\.1:\d+ has not answered within 300 ms/);
    await expect(refused).rejects.not.toThrow(/hush/);
  });

  it('is found when it comes in time', async () => {
    way.refuse(true);
    const opening = open({ startTimeoutMs: 20_000 });
    await until(() => warnings.length > 0);
    way.refuse(false);
    expect((await opening).state().ok).toBe(true);
  });
});

describe('positions of other streams', () => {
  it('are reached also when there were events of its own before', async () => {
    const streamPrefix = freshName('own');
    const own = await witness.append(streamPrefix, facts('a', 'b'), 'no_stream');
    const subscription = await witness.subscribe({ streamPrefix, handle: async () => {} });
    await subscription.whenReached(own.position);
    const elsewhere = await witness.append(freshName('stranger'), facts('x'), 'no_stream');
    await subscription.whenReached(elsewhere.position);
    await subscription.stop();
  });
});
