import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { isFault } from '@hookyard/event-schemas';
import type { CollectionSpec } from '@hookyard/ports';
import { expectFault, freshName, until } from '@hookyard/ports/testing';
import { mongoForTests } from './mongo-harness.ts';
import { networkTo, type Network } from './network-harness.ts';
import { openMongo } from './open-mongo.ts';

/** Real: the server and the driver. Between them stands a way that the test cuts; a server that was killed looks like that from here. */
describe('when the server is away', () => {
  const mongo = mongoForTests();
  let network: Network;

  beforeAll(async () => {
    network = await networkTo(mongo.uri);
  });
  afterEach(() => network.up());
  afterAll(async () => {
    await mongo.end();
    await network.close();
  });

  const spec = (): CollectionSpec => ({ name: freshName('outages'), fields: { n: 'number' }, indexes: [] });
  const item = (id: string) => ({ id, partition: 1, lane: 'lane', dueAt: 1, order: 0, revision: 1, value: Buffer.from(id) });
  const everything = { partition: 1, lane: 'lane', dueBefore: 1, limit: 100 };

  /** Its first try arrives, and the answer to that does not. */
  async function unanswered<T>(work: () => Promise<T>, arrived: () => Promise<boolean>): Promise<T> {
    network.loseAnswers();
    const waiting = work();
    await until(arrived);
    network.up();
    network.cut();
    return waiting;
  }

  it('lets calls wait, and answers them when it is back', async () => {
    const { readModels, dueQueue } = await mongo.open({ uri: network.uri });
    const collection = await readModels.collection(spec());
    expect(readModels.state()).toMatchObject({ ok: true });
    network.down();
    const waiting = Promise.all([collection.upsert([{ id: 'a', revision: 1, document: { n: 1 } }]), dueQueue.put([item('waited')]), collection.count(), dueQueue.count([1])]);
    await until(() => !readModels.state().ok);
    expect(readModels.state().detail).toContain('127.0.0.1');
    network.up();
    const [answers] = await waiting;
    expect(answers).toEqual(['applied']);
    expect((await dueQueue.load(everything)).items.map(({ id }) => id)).toContain('waited');
    const { ok, counters } = readModels.state();
    expect(ok).toBe(true);
    expect(counters['retries']).toBeGreaterThan(0);
    expect(counters['poolClears']).toBeGreaterThan(0);
  });

  it('refuses a call that has waited long enough, and needs no new client afterwards', async () => {
    const { readModels, dueQueue } = await mongo.open({ uri: network.uri, requestTimeoutMs: 900 });
    const collection = await readModels.collection(spec());
    network.down();
    const began = performance.now();
    await Promise.all([
      expectFault(collection.get('a'), 'unavailable'),
      expectFault(collection.upsert([{ id: 'a', revision: 1, document: {} }]), 'unavailable'),
      expectFault(dueQueue.load(everything), 'unavailable'),
      expectFault(dueQueue.complete([item('a')]), 'unavailable'),
      expectFault(readModels.names(), 'unavailable'),
    ]);
    expect(performance.now() - began).toBeGreaterThan(850);
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(readModels.state()).toMatchObject({ ok: false });
    network.up();
    await until(async () => (await collection.get('a')) === null);
    expect(readModels.state()).toMatchObject({ ok: true });
  });

  it('asks again by another connection when one swallows the answers', async () => {
    const { readModels } = await mongo.open({ uri: network.uri, requestTimeoutMs: 6_000 });
    const collection = await readModels.collection(spec());
    network.loseAnswers();
    const waiting = collection.upsert([{ id: 'a', revision: 1, document: { n: 1 } }]);
    await until(() => (readModels.state().counters['timeouts'] ?? 0) > 0);
    network.up();
    expect(await waiting).toEqual(['applied']);
  });

  it('takes a write whose answer was lost for the own one when it is tried again', async () => {
    const { readModels, dueQueue } = await mongo.open({ uri: network.uri });
    const collectionSpec = spec();
    const collection = await readModels.collection(collectionSpec);
    const beside = await mongo.open();
    const seen = await beside.readModels.collection(collectionSpec);
    await collection.upsert([{ id: 'stale', revision: 9, document: {} }, { id: 'raised', revision: 1, document: {} }]);

    const writes = ['new', 'stale', 'raised'].map((id) => ({ id, revision: 2, document: { n: 2 } }));
    const answers = await unanswered(
      () => collection.upsert(writes),
      async () => (await seen.get('raised'))?.revision === 2 && (await seen.get('new')) !== null,
    );
    expect(answers).toEqual(['applied', 'stale', 'applied']);
    expect(await collection.upsert(writes)).toEqual(['stale', 'stale', 'stale']);
    expect(await seen.count()).toBe(3);

    const asked = [{ ...item('lost'), revision: 2 }];
    await unanswered(
      () => dueQueue.put([item('lost')]),
      async () => (await beside.dueQueue.older(asked)).length === 1,
    );
    expect(await dueQueue.older(asked)).toEqual([item('lost')]);
    await unanswered(
      () => dueQueue.complete(asked),
      async () => (await beside.dueQueue.older(asked)).length === 0,
    );
  });

  it('ends what is in hand when it is given up, and closes while nobody answers', async () => {
    const engine = await mongo.open({ uri: network.uri });
    const collection = await engine.readModels.collection(spec());
    network.loseAnswers();
    const waiting = expectFault(collection.upsert([{ id: 'a', revision: 1, document: {} }]), 'closed');
    const leaving = engine.abandon();
    await waiting;
    network.up();
    network.cut();
    await leaving;
  });
});

describe('opening', () => {
  const mongo = mongoForTests();
  afterAll(() => mongo.end());

  it('is refused when nobody is there in time, with the address and without the password', async () => {
    const port = await freePort();
    const opening = openMongo({ uri: `mongodb://user:secret@127.0.0.1:${port}/`, database: mongo.database, startTimeoutMs: 600 });
    const error = await opening.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(isFault(error, 'unavailable')).toBe(true);
    expect(String(error)).toContain(`127.0.0.1:${port}`);
    expect(String(error)).not.toContain('secret');
  });

  it('is refused at once when the address is none', async () => {
    await expectFault(openMongo({ uri: 'mongodb://user:secret/@127.0.0.1/', database: mongo.database }), 'invalid_request');
  });

  it('waits for a server that comes later', async () => {
    const network = await networkTo(mongo.uri);
    network.down();
    const opening = mongo.open({ uri: network.uri });
    await expect(Promise.race([opening, Promise.resolve('not yet')])).resolves.toBe('not yet');
    network.up();
    expect((await opening).readModels.state()).toMatchObject({ ok: true });
    await mongo.end();
    await network.close();
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
