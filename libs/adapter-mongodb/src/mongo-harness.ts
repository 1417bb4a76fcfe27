import { randomBytes } from 'node:crypto';
import { env } from 'node:process';
import { MongoClient } from 'mongodb';
import { openMongo, type MongoEngine, type MongoOptions } from './open-mongo.ts';

/**
 * Real: the server named in the environment, its disk, the network to it. Each suite has a database of its own, dropped in the end.
 * Nothing may be asserted that a replica set of MongoDB 7 or later does not promise.
 */
export function mongoForTests() {
  const uri = serverUri();
  const database = `hookyard_test_${randomBytes(6).toString('hex')}`;
  const engines: MongoEngine[] = [];
  const clients: MongoClient[] = [];

  return {
    uri,
    database,
    async open(options: Partial<MongoOptions> = {}): Promise<MongoEngine> {
      const engine = await openMongo({ uri, database, ...options });
      engines.push(engine);
      return engine;
    },
    /** Past the adapter: what lies on the server. */
    async driver(): Promise<MongoClient> {
      const client = await new MongoClient(uri, { retryWrites: false }).connect();
      clients.push(client);
      return client;
    },
    async end(): Promise<void> {
      await Promise.all(engines.splice(0).map((engine) => engine.close()));
      const client = clients[0] ?? (await new MongoClient(uri, { retryWrites: false }).connect());
      const db = client.db(database);
      // One by one: not every server drops a database that has indexes.
      for (const { name } of await db.listCollections({}, { nameOnly: true }).toArray()) await db.dropCollection(name);
      await db.dropDatabase();
      await Promise.all([...clients.splice(0), client].map((each) => each.close()));
    },
  };
}

function serverUri(): string {
  const uri = env['HOOKYARD_TEST_MONGODB'];
  if (uri === undefined || uri === '') throw new Error('HOOKYARD_TEST_MONGODB names no server: `npm run test:cluster` starts one, or set it to the mongodb:// address of yours');
  return uri;
}
