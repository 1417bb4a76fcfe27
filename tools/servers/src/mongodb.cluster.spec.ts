import { until } from '@hookyard/ports/testing';
import { MongoClient } from 'mongodb';
import { faultProxy, startMongo, type Server } from './index.ts';

/** Real: the server, started and killed here, and MongoDB's own driver. Doubled: nothing. */
describe('the MongoDB test server', () => {
  let server: Server;
  beforeEach(async () => void (server = await startMongo()));
  afterEach(() => server.stop());

  it('is accepted by the driver, and keeps every write it acknowledged over a kill under load', async () => {
    const client = new MongoClient(server.address, { serverSelectionTimeoutMS: 5_000, retryWrites: false });
    await client.connect();
    const records = client.db('test').collection<{ _id: string; place: { in: number } }>('records');
    await records.createIndex({ 'place.in': 1 });
    const acknowledged: string[] = [];
    const write = async (writer: number) => {
      for (let number = 0; ; number += 1) {
        const id = `${writer}-${number}`;
        await records.updateOne({ _id: id }, { $set: { place: { in: number } } }, { upsert: true });
        acknowledged.push(id);
      }
    };
    const writers = Promise.allSettled([1, 2, 3, 4, 5, 6, 7, 8].map(write));
    await until(() => acknowledged.length > 300);
    await server.kill();
    expect((await writers).every(({ status }) => status === 'rejected')).toBe(true);
    await server.restart();
    const kept = new Set((await records.find().toArray()).map(({ _id }) => _id));
    expect(acknowledged.filter((id) => !kept.has(id))).toEqual([]);
    // What came back is whole: every document is found by its id, and may be written again.
    const again = await records.bulkWrite([...kept].map((id) => ({ updateOne: { filter: { _id: id }, update: { $set: { place: { in: -1 } } }, upsert: true } })));
    expect({ matched: again.matchedCount, inserted: again.upsertedCount }).toEqual({ matched: kept.size, inserted: 0 });
    expect(await records.countDocuments()).toBe(kept.size);
    await client.close();
  });

  it('can be had through the proxy, which loses the answer of a write that was made', async () => {
    const proxy = await faultProxy({ target: server.address.replace('mongodb://', '') });
    const straight = new MongoClient(server.address);
    const client = new MongoClient(`mongodb://${proxy.address}`, { socketTimeoutMS: 500, retryWrites: false });
    try {
      await client.db('test').collection('records').insertOne({ number: 1 });
      proxy.swallowAnswers(true);
      await expect(client.db('test').collection('records').insertOne({ number: 2 })).rejects.toThrow();
      expect(await straight.db('test').collection('records').countDocuments()).toBe(2);
    } finally {
      await client.close();
      await straight.close();
      await proxy.close();
    }
  });
});
