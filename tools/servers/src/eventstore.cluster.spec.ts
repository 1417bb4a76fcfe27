import { EventStoreDBClient, FORWARDS, jsonEvent, START } from '@eventstore/db-client';
import { startEventStore, type Server } from './index.ts';

/** Real: the test server, started and killed here, and EventStoreDB's own client. What the server speaks is tested in its own package. */
describe('the EventStoreDB test server, as a process', () => {
  let server: Server;
  beforeEach(async () => void (server = await startEventStore()));
  afterEach(() => server.stop());

  it('comes back after a kill, at the same address, with what it acknowledged', async () => {
    await append('Before');
    await server.kill();
    await server.restart();
    await append('After');
    expect(await types()).toEqual(['Before', 'After']);
  });

  async function append(type: string): Promise<void> {
    const client = EventStoreDBClient.connectionString(server.address);
    await client.appendToStream('story', [jsonEvent({ type, data: {} })]);
    await client.dispose();
  }

  async function types(): Promise<readonly string[]> {
    const client = EventStoreDBClient.connectionString(server.address);
    const found: string[] = [];
    for await (const { event } of client.readStream('story', { direction: FORWARDS, fromRevision: START })) found.push(event?.type ?? '');
    await client.dispose();
    return found;
  }
});
