import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { MongoClient } from 'mongodb';

/** A way to the server on which a test decides what passes. */
export interface Network {
  /** The server, by this way. */
  readonly uri: string;
  /** Cuts every connection, and lets nobody through from now on. */
  down(): void;
  /** Lets connections and answers through again. */
  up(): void;
  /** What is asked reaches the server, and no answer comes back. */
  loseAnswers(): void;
  /** Cuts every connection that there is. */
  cut(): void;
  close(): Promise<void>;
}

/** Stands before the server that takes writes. The driver is told to look for no other one: it would find its way around. */
export async function networkTo(uri: string): Promise<Network> {
  const target = await primaryOf(uri);
  const sockets = new Set<Socket>();
  let mode: 'up' | 'down' | 'loses answers' = 'up';

  const server = createServer((client) => {
    if (mode === 'down') return void client.destroy();
    const upstream = connect(target);
    for (const [from, to] of [[client, upstream], [upstream, client]] as const) {
      sockets.add(from);
      from.on('data', (data) => {
        if (from === client || mode !== 'loses answers') to.write(data);
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const cut = (): void => {
    for (const socket of [...sockets]) socket.destroy();
  };

  return {
    uri: throughPort(uri, port),
    down() {
      mode = 'down';
      cut();
    },
    up: () => void (mode = 'up'),
    loseAnswers: () => void (mode = 'loses answers'),
    cut,
    async close() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}

async function primaryOf(uri: string): Promise<{ readonly host: string; readonly port: number }> {
  const client = await new MongoClient(uri, { retryWrites: false }).connect();
  try {
    // `hello` by the name that every server knows.
    const hello = await client.db('admin').command({ isMaster: 1 });
    const primary = typeof hello['primary'] === 'string' ? hello['primary'] : String(client.options.hosts[0]);
    const [, host = '127.0.0.1', port = '27017'] = /^\[?(.+?)\]?:(\d+)$/.exec(primary) ?? [];
    return { host, port: Number(port) };
  } finally {
    await client.close();
  }
}

/** The same credentials and settings, another address. */
function throughPort(uri: string, port: number): string {
  const [, credentials = '', database = '', query = ''] = /^mongodb(?:\+srv)?:\/\/([^@/]*@)?[^/?]+(\/[^?]*)?(?:\?(.*))?$/.exec(uri) ?? [];
  const settings = new URLSearchParams(query);
  settings.delete('replicaSet');
  settings.set('directConnection', 'true');
  if (settings.get('tls') === 'true' || settings.get('ssl') === 'true') settings.set('tlsAllowInvalidHostnames', 'true');
  return `mongodb://${credentials}127.0.0.1:${port}${database === '' ? '/' : database}?${settings.toString()}`;
}
