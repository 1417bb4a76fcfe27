import { EventStoreDBClient, jsonEvent, type EventData, type JSONType } from '@eventstore/db-client';
import { afterAll, beforeAll } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEventStoreServer, type EventStoreServer, type EventStoreServerOptions } from './server.ts';

/**
 * Real: the client package, gRPC over TCP, the file. Nothing is doubled: the server is what is tested, in this process.
 * Asserted: what the real client gives its caller.
 */
export type TestServer = {
  server(): EventStoreServer;
  data(): string;
  /** One for all tests of the suite. */
  client(): EventStoreDBClient;
  /** For tests that leave a client unusable. `parameters`: more of the connection string. */
  ownClient(parameters?: string): EventStoreDBClient;
  /** The same data on the same port. `meanwhile` runs while no server runs. */
  restart(meanwhile?: () => Promise<void>): Promise<void>;
};

/** A server of the suite's own, and a client of it. */
export function testServer(options: Omit<EventStoreServerOptions, 'data'> = {}): TestServer {
  let server: EventStoreServer;
  let data: string;
  let shared: EventStoreDBClient;

  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), 'hookyard-eventstore-'));
    server = await startEventStoreServer({ ...options, data });
    shared = ownClient();
  });
  afterAll(async () => {
    await shared.dispose();
    await server.stop();
    await rm(data, { recursive: true });
  });

  function ownClient(parameters = ''): EventStoreDBClient {
    return EventStoreDBClient.connectionString(`${server.connectionString}${parameters}`);
  }

  return {
    server: () => server,
    data: () => data,
    client: () => shared,
    ownClient,
    async restart(meanwhile) {
      const { port } = server;
      await shared.dispose();
      await server.stop();
      await meanwhile?.();
      server = await startEventStoreServer({ ...options, data, port });
      shared = ownClient();
    },
  };
}

export function freshStream(): string {
  return `stream-${randomUUID()}`;
}

export function event(data: JSONType = { hello: 'world' }, type = 'Greeted'): EventData {
  return jsonEvent({ type, data });
}

export function events(count: number): EventData[] {
  return Array.from({ length: count }, (_, index) => event({ index }));
}

export async function collected<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** What a promise is rejected with, as a plain value. */
export async function failureOf(promise: Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    return { resolved: await promise };
  } catch (error) {
    return { ...(error as object), message: (error as Error).message };
  }
}
