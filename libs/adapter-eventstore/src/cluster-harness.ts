import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { env } from 'node:process';

// Real: the server named in the environment, and the way to it. Doubled: the network between, by a proxy on this machine.

/** The server that the specs of this package run against. */
export function connectionString(): string {
  const text = env['HOOKYARD_TEST_EVENTSTORE'];
  if (text === undefined || text === '') throw new Error('HOOKYARD_TEST_EVENTSTORE names no server: `npm run test:cluster` starts one, or set it to a connection string (esdb://host:port?tls=false).');
  return text;
}

/** A way to a server that does what networks do. */
export type Way = {
  readonly connectionString: string;
  /** Requests arrive, answers are lost: on the connections there are, or on all to come as well. */
  swallow(which: 'these' | 'all' | 'none'): void;
  /** Resets every connection. */
  cut(): void;
  /** While on, new connections are reset. */
  refuse(on: boolean): void;
  close(): Promise<void>;
};

/** To a single server without TLS, whose certificate would not name the proxy. */
export async function wayTo(target: string): Promise<Way> {
  const [, login = '', host = '', port = '2113', query = ''] = /^esdb:\/\/([^@/]*@)?([^:/?,]+)(?::(\d+))?\/?(\?.*)?$/.exec(target) ?? [];
  if (!query.includes('tls=false')) throw new Error('these tests reach the server through a proxy: they need the connection string of one server with tls=false');
  const sockets = new Set<Socket>();
  const mute = new WeakSet<Socket>();
  let [isSwallowing, isRefusing] = [false, false];

  const proxy = createServer((client) => {
    if (isRefusing) return void client.resetAndDestroy();
    const server = connect(Number(port), host);
    if (isSwallowing) mute.add(client);
    const end = (): void => {
      for (const socket of [client, server]) {
        sockets.delete(socket);
        socket.resetAndDestroy();
      }
    };
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', end).on('close', end);
    }
    client.on('data', (chunk) => server.write(chunk));
    server.on('data', (chunk) => {
      if (!mute.has(client)) client.write(chunk);
    });
    return undefined;
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');

  const cut = (): void => [...sockets].forEach((socket) => socket.resetAndDestroy());
  return {
    connectionString: `esdb://${login}127.0.0.1:${(proxy.address() as AddressInfo).port}${query}`,
    swallow(which) {
      isSwallowing = which === 'all';
      if (which === 'none') cut();
      else sockets.forEach((socket) => mute.add(socket));
    },
    cut,
    refuse: (on) => void (isRefusing = on),
    async close() {
      isRefusing = true;
      cut();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}
