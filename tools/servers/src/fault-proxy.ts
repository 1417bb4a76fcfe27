import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export type FaultProxyOptions = {
  /** host:port of the server behind it. */
  readonly target: string;
  /** Where it listens on the loopback interface; default a free port. */
  readonly port?: number;
};

/** A TCP proxy that does to a connection what networks do. */
export type FaultProxy = {
  readonly port: number;
  /** host:port for clients. */
  readonly address: string;
  /** How many clients are connected. */
  readonly connections: () => number;
  /** While on, requests reach the server and its answers are lost. Switched off, connections that lost something are cut, since a stream with a gap is none. */
  readonly swallowAnswers: (on: boolean) => void;
  /** While on, nothing passes in either direction, and nothing is lost: it arrives once it is off. New connections are accepted and hang as well. */
  readonly stall: (on: boolean) => void;
  /** Resets every connection there is, on both sides; new ones are welcome. */
  readonly cut: () => void;
  /** While on, new connections are reset at once; those there are go on. */
  readonly refuse: (on: boolean) => void;
  /** Every answer takes this much longer; 0 for none. Order is kept. */
  readonly delay: (ms: number) => void;
  /** Cuts everything and stops listening. */
  readonly close: () => Promise<void>;
};

type Faults = { swallowing: boolean; stalled: boolean; refusing: boolean; delayMs: number };
type Pair = { readonly cut: () => void; readonly update: () => void; lost: boolean };

export async function faultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const faults: Faults = { swallowing: false, stalled: false, refusing: false, delayMs: 0 };
  const pairs = new Set<Pair>();
  const server = createServer((client) => {
    if (faults.refusing) client.resetAndDestroy();
    else join(client, options.target, { faults, pairs });
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const cutAll = (which: (pair: Pair) => boolean) => [...pairs].filter(which).forEach((pair) => pair.cut());
  return {
    port,
    address: `127.0.0.1:${port}`,
    connections: () => pairs.size,
    swallowAnswers: (on) => {
      faults.swallowing = on;
      if (!on) cutAll((pair) => pair.lost);
    },
    stall: (on) => {
      faults.stalled = on;
      pairs.forEach((pair) => pair.update());
    },
    cut: () => cutAll(() => true),
    refuse: (on) => void (faults.refusing = on),
    delay: (ms) => void (faults.delayMs = ms),
    close: async () => {
      faults.refusing = true;
      cutAll(() => true);
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Joins a client with a connection of its own to the server. */
function join(client: Socket, target: string, { faults, pairs }: { readonly faults: Faults; readonly pairs: Set<Pair> }): void {
  const [host, port] = target.split(':');
  const server = connect(Number(port), host);
  const pair: Pair = {
    lost: false,
    cut: () => {
      pairs.delete(pair);
      client.resetAndDestroy();
      server.resetAndDestroy();
    },
    update: () => [client, server].forEach((socket) => (faults.stalled ? socket.pause() : socket.resume())),
  };
  pairs.add(pair);
  const answers = delayed(client, faults);
  client.on('data', (chunk: Buffer) => forward(chunk, { from: client, to: server, faults }));
  server.on('data', (chunk: Buffer) => {
    if (faults.swallowing) pair.lost = true;
    else answers(() => forward(chunk, { from: server, to: client, faults }));
  });
  client.on('end', () => server.end());
  server.on('end', () => answers(() => void client.end()));
  for (const socket of [client, server]) {
    socket.setNoDelay(true);
    socket.on('error', pair.cut);
    socket.on('close', () => (client.destroyed && server.destroyed ? pairs.delete(pair) : undefined));
  }
  pair.update();
}

type Way = { readonly from: Socket; readonly to: Socket; readonly faults: Faults };

/** Writes, and stops reading while the other side does not take it. */
function forward(chunk: Buffer, { from, to, faults }: Way): void {
  if (to.destroyed || to.write(chunk)) return;
  from.pause();
  to.once('drain', () => {
    if (!faults.stalled) from.resume();
  });
}

/** Does one thing after the other, each after the delay that held when it came. */
function delayed(to: Socket, faults: Faults): (act: () => void) => void {
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();
  const inTurn = async (before: Promise<void>, dueAt: number, act: () => void) => {
    await before;
    await pause(Math.max(0, dueAt - performance.now()));
    waiting -= 1;
    if (!to.destroyed) act();
  };
  return (act) => {
    if (waiting === 0 && faults.delayMs === 0) return act();
    waiting += 1;
    last = inTurn(last, performance.now() + faults.delayMs, act);
  };
}
