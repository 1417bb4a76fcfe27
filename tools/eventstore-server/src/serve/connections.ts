import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** The TCP side, kept apart so that single connections can be cut. */
export interface Connections {
  readonly port: number;
  /** By the peer's address, as gRPC tells it. */
  cut(peer: string): void;
  cutAll(): void;
  count(): number;
  close(): Promise<void>;
}

export async function listen(host: string, port: number, onConnection: (socket: Socket) => void): Promise<Connections> {
  const sockets = new Map<string, Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    const peer = `${socket.remoteAddress}:${socket.remotePort}`;
    sockets.set(peer, socket);
    socket.once('close', () => sockets.delete(peer));
    socket.on('error', () => {});
    onConnection(socket);
  });
  server.listen(port, host);
  await once(server, 'listening');

  function cutAll(): void {
    for (const socket of sockets.values()) socket.destroy();
  }

  return {
    port: (server.address() as AddressInfo).port,
    cut: (peer) => void sockets.get(peer)?.destroy(),
    cutAll,
    count: () => sockets.size,
    async close() {
      const closed = once(server, 'close');
      server.close();
      cutAll();
      await closed;
    },
  };
}
