import { EventStoreDBClient } from '@eventstore/db-client';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '@hookyard/ports/testing';
import { selfSigned } from './self-signed.ts';
import { collected, event, failureOf, freshStream, testServer } from './testing-harness.ts';

const tls = selfSigned('127.0.0.1');
const { server, data } = testServer({ user: { name: 'admin', password: 'change:it' }, tls });
const clients: EventStoreDBClient[] = [];

/** A client that trusts the server's certificate. */
async function clientOf({ user = '', scheme = 'esdb' } = {}): Promise<EventStoreDBClient> {
  const authority = join(data(), 'authority.pem');
  await writeFile(authority, tls.cert);
  const client = EventStoreDBClient.connectionString(`${scheme}://${user}127.0.0.1:${server().port}?tls=true&tlsCAFile=${encodeURIComponent(authority)}`);
  clients.push(client);
  return client;
}

afterEach(async () => {
  for (const client of clients.splice(0)) await client.dispose();
});

describe('a server with a user, over TLS', () => {
  it.each(['esdb', 'esdb+discover'])('serves that user (%s)', async (scheme) => {
    const client = await clientOf({ user: 'admin:change%3Ait@', scheme });
    const stream = freshStream();
    await client.appendToStream(stream, event(), { expectedRevision: 'no_stream' });
    await client.appendToStream(stream, event(), { expectedRevision: 0n, credentials: { username: 'admin', password: 'change:it' } });
    expect(await collected(client.readStream(stream))).toHaveLength(2);
    await client.deleteStream(stream);
  });

  it('serves nobody without credentials', async () => {
    const client = await clientOf();
    const denied = { type: 'access-denied' };
    expect(await failureOf(client.appendToStream(freshStream(), event()))).toMatchObject(denied);
    expect(await failureOf(collected(client.readStream(freshStream())))).toMatchObject(denied);
    expect(await failureOf(client.deleteStream(freshStream()))).toMatchObject(denied);
    expect(await failureOf(client.tombstoneStream(freshStream()))).toMatchObject(denied);
  });

  it('serves nobody with a wrong password', async () => {
    const client = await clientOf({ user: 'admin:guess@' });
    const denied = { type: 'access-denied' };
    expect(await failureOf(client.appendToStream(freshStream(), event()))).toMatchObject(denied);
    expect(await failureOf(client.appendToStream(freshStream(), event(), { credentials: { username: 'root', password: 'guess' } }))).toMatchObject(denied);
    expect(await failureOf(collected(client.readStream(freshStream())))).toMatchObject(denied);
    let error: unknown;
    client.subscribeToAll().on('error', (reason) => (error = reason));
    await until(() => error);
    expect(error).toMatchObject(denied);
  });

  it('cuts a connection instead of answering, on demand', async () => {
    const client = await clientOf({ user: 'admin:change%3Ait@' });
    await client.appendToStream(freshStream(), event());
    server().faults.set('dropReply', { times: 1 });
    const stream = freshStream();
    expect(await failureOf(client.appendToStream(stream, event()))).toMatchObject({ type: 'unavailable' });
    expect(await until(async () => (await collected(client.readStream(stream))).length)).toBe(1);
  });
});
