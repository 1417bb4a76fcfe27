import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EventStoreServer } from '../server.ts';
import { faultNames, type Fault, type FaultName } from './faults.ts';

export interface ControlServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Faults over HTTP, on this machine only:
 * PUT /faults/<name> with its settings as JSON, DELETE /faults/<name>, DELETE /faults, GET /faults; GET /state; POST /cut cuts all connections.
 */
export async function startControlServer(server: EventStoreServer, port: number): Promise<ControlServer> {
  const http = createServer((request, response) => void answer(server, request, response));
  http.listen(port, '127.0.0.1');
  await once(http, 'listening');
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    async close() {
      const closed = once(http, 'close');
      http.close();
      http.closeAllConnections();
      await closed;
    },
  };
}

type Reply = { readonly status: number; readonly body?: unknown };

async function answer(server: EventStoreServer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, body } = await replyTo(server, request).catch((error: unknown): Reply => ({ status: 400, body: { error: String(error) } }));
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

async function replyTo(server: EventStoreServer, request: IncomingMessage): Promise<Reply> {
  const [, room, name] = (request.url ?? '').split('/');
  switch (`${request.method} /${room}`) {
    case 'GET /state':
      return { status: 200, body: server.state() };
    case 'GET /faults':
      return { status: 200, body: server.faults.active() };
    case 'PUT /faults':
      server.faults.set(faultName(name), JSON.parse(await textOf(request)) as Fault);
      return { status: 204 };
    case 'DELETE /faults':
      server.faults.clear(name === undefined ? undefined : faultName(name));
      return { status: 204 };
    case 'POST /cut':
      server.cutConnections();
      return { status: 204 };
    default:
      return { status: 404 };
  }
}

function faultName(name: string | undefined): FaultName {
  const found = faultNames.find((each) => each === name);
  if (found === undefined) throw new Error(`no fault is called ${name}; there are ${faultNames.join(', ')}`);
  return found;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
