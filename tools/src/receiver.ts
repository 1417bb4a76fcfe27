import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** One request as a receiver saw it. */
export type Received = {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
};

export type Answer = { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string; readonly afterMs?: number } | 'never';

export type Receiver = {
  readonly url: string;
  readonly received: readonly Received[];
  readonly stop: () => Promise<void>;
};

/**
 * A customer's endpoint on a loopback port of its own: keeps every request and answers as it is told
 * (`count` says how many requests this path has had, this one included). Default: 204.
 * Another `host` opens it to others than this machine: `0.0.0.0` to whoever reaches it.
 */
export async function startReceiver(answer: (request: Received, count: number) => Answer = () => ({ status: 204 }), port = 0, host = '127.0.0.1'): Promise<Receiver> {
  const received: Received[] = [];
  const counts = new Map<string, number>();
  const server = createServer((request, response) => {
    void take(request).then(
      (taken) => {
        received.push(taken);
        const count = (counts.get(taken.path) ?? 0) + 1;
        counts.set(taken.path, count);
        respond(response, answer(taken, count));
      },
      // The sender went away in the middle of its request: there is nobody to answer.
      () => response.destroy(),
    );
  });
  // A sender that opens hundreds of connections at once must not be turned away by the backlog.
  server.listen(port, host, 1024);
  await listening(server);
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    received,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function take(request: IncomingMessage): Promise<Received> {
  const body = await buffer(request);
  return { at: Date.now(), method: request.method ?? '', path: request.url ?? '', headers: flat(request.headers), body };
}

function respond(response: ServerResponse, answer: Answer): void {
  if (answer === 'never') return;
  const send = () => response.writeHead(answer.status, answer.headers).end(answer.body);
  if (answer.afterMs === undefined) send();
  else setTimeout(send, answer.afterMs).unref();
}

function flat(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]));
}

function listening(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', reject);
  });
}
