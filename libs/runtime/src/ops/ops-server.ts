import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { OpsAnswer, OpsAnswers } from './ops-answers.ts';

export type OpsServer = { readonly port: number; close(): Promise<void> };

/** Health and metrics of a service process that has no REST edge of its own. Port 0: any free one. */
export async function openOpsServer(answers: OpsAnswers, { host, port }: { readonly host: string; readonly port: number }): Promise<OpsServer> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (request.method !== 'GET') return send(response, notThere);
    if (path === '/health/live') return send(response, answers.live());
    if (path === '/health/ready') return sendLater(response, answers.ready());
    if (path === '/metrics') return sendLater(response, answers.metrics());
    send(response, notThere);
  });
  await listening(server, host, port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const notThere: OpsAnswer = { status: 404, contentType: 'text/plain; charset=utf-8', body: 'Not here.\n' };

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function sendLater(response: ServerResponse, answer: Promise<OpsAnswer>): void {
  answer.then(
    (ready) => send(response, ready),
    (error: unknown) => send(response, { status: 500, contentType: 'text/plain; charset=utf-8', body: `${String(error)}\n` }),
  );
}

function send(response: ServerResponse, { status, contentType, body }: OpsAnswer): void {
  response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' }).end(body);
}
