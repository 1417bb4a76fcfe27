import { Server, ServerCredentials, type ServiceDefinition } from '@grpc/grpc-js';
import { faults, type Faults } from './faults/faults.ts';
import { accessOf, type Credentials } from './serve/access.ts';
import { batchAppend } from './serve/batch-append.ts';
import { gossip, supportedMethods } from './serve/cluster.ts';
import { listen } from './serve/connections.ts';
import { read } from './serve/read.ts';
import type { Served } from './serve/served.ts';
import { append, deletion, tombstone } from './serve/unary-writes.ts';
import { openStore } from './store/store.ts';
import { GossipService, ServerFeaturesService, StreamsService } from './wire/protocol.ts';

export type EventStoreServerOptions = {
  /** Folder of the data; made when it is not there. One server at a time. */
  readonly data: string;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: a free one. */
  readonly port?: number;
  /** Closes the streams to everybody but this user. Clients send credentials over TLS only. */
  readonly user?: Credentials;
  /** PEM texts. Default: no TLS. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer };
  /** Default 1 MiB, as 23.10 to 25.0 have it. */
  readonly maxAppendBytes?: number;
  /** How many of the newest event ids are remembered. Default 50,000. */
  readonly recentIds?: number;
};

/** What runs in the server now. */
export type ServerState = { readonly events: number; readonly subscriptions: number; readonly batchStreams: number; readonly connections: number };

export interface EventStoreServer {
  readonly port: number;
  /** For `EventStoreDBClient.connectionString`, without credentials. */
  readonly connectionString: string;
  readonly faults: Faults;
  state(): ServerState;
  /** Cuts every connection; the server goes on. */
  cutConnections(): void;
  /** Ends every call, and resolves when what was written is on disk. */
  stop(): Promise<void>;
}

// A real server takes appends far larger than gRPC's default of 4 MB, to refuse them by name.
const maxMessageBytes = 17 * 1024 * 1024;

/** Resolves when it takes connections. */
export async function startEventStoreServer(options: EventStoreServerOptions): Promise<EventStoreServer> {
  const { host = '127.0.0.1', tls } = options;
  const store = await openStore({ folder: options.data, recentIds: options.recentIds ?? 50_000 });
  const server = new Server({ 'grpc.max_receive_message_length': maxMessageBytes });
  const counters = { subscriptions: 0, batchStreams: 0 };
  const served: Served = {
    store,
    faults: faults(),
    access: accessOf(options.user),
    maxAppendBytes: options.maxAppendBytes ?? 1024 * 1024,
    cut: (peer) => connections.cut(peer),
    counters,
  };
  server.addService(rawRead(StreamsService), { read: read(served), append: append(served), delete: deletion(served), tombstone: tombstone(served), batchAppend: batchAppend(served) });
  server.addService(ServerFeaturesService, { getSupportedMethods: supportedMethods(served.faults) });
  server.addService(GossipService, { read: gossip(() => ({ host, port: connections.port })) });
  const injector = server.createConnectionInjector(tls === undefined ? ServerCredentials.createInsecure() : ServerCredentials.createSsl(null, [{ cert_chain: tls.cert, private_key: tls.key }]));
  const connections = await listen(host, options.port ?? 0, (socket) => injector.injectConnection(socket));

  return {
    port: connections.port,
    connectionString: `esdb://${host}:${connections.port}?tls=${tls !== undefined}`,
    faults: served.faults,
    state: () => ({ ...counters, events: store.catalog.all.length, connections: connections.count() }),
    cutConnections: connections.cutAll,
    async stop() {
      server.forceShutdown();
      await connections.close();
      await store.close();
    },
  };
}

/** Events lie in the log as the messages that are sent, so answers to reads are bytes already. */
function rawRead(service: typeof StreamsService): ServiceDefinition {
  return { ...service, read: { ...service.read, responseSerialize: (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) } };
}
