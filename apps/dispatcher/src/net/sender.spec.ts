/**
 * Real: HTTP receivers on free ports of this machine, connections, undici. Doubled: the name resolver, where a test gives one.
 */
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
import type { RenderedRequest } from '@hookyard/dialect';
import type { Resolve } from './guarded-connector.ts';
import { httpSender, type Sender, type SenderOptions } from './sender.ts';
import { parseNetwork } from './special-ranges.ts';

const limits = { timeoutMs: 5_000, maxRedirects: 0 };
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function sender(options: Partial<SenderOptions> = {}): Sender {
  const made = httpSender({
    allowedNetworks: [parseNetwork('127.0.0.0/8')],
    connectionsPerOrigin: 8,
    idleOrigins: 4,
    connectTimeoutMs: 2_000,
    ...options,
  });
  closing.push(() => made.close());
  return made;
}

async function listening(server: Server | TcpServer): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => void sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    sockets.forEach((socket) => socket.destroy());
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

const receiver = (listener: RequestListener): Promise<number> => listening(createServer(listener));

function post(url: string, overrides: Partial<RenderedRequest> = {}): RenderedRequest {
  return { method: 'POST', url, headers: [{ name: 'content-type', value: 'application/json' }], body: Buffer.from('{"a":1}'), ...overrides };
}

describe('the sender', () => {
  it('sends what was rendered, byte for byte, and answers what came back', async () => {
    const seen: unknown[] = [];
    const port = await receiver((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => void chunks.push(chunk));
      request.on('end', () => {
        seen.push([request.method, request.url, request.headers['x-one'], Buffer.concat(chunks).toString()]);
        response.writeHead(201, { 'x-answer': 'yes', 'set-cookie': ['a=1', 'b=2'] }).end('thanks');
      });
    });
    const { outcome, durationMs } = await sender().send(
      post(`http://127.0.0.1:${port}/hook?x=1`, { headers: [{ name: 'x-one', value: '1' }], body: Buffer.from('{ "kept":  "as is" }') }),
      limits,
    );
    expect(seen).toEqual([['POST', '/hook?x=1', '1', '{ "kept":  "as is" }']]);
    expect(outcome).toMatchObject({ kind: 'responded', status: 201, body: 'thanks', bodyEncoding: 'utf8', bodyTruncated: false });
    expect(outcome).toMatchObject({ headers: { 'x-answer': 'yes', 'set-cookie': 'a=1, b=2' } });
    expect(durationMs).toBeGreaterThanOrEqual(0);
  });

  it('keeps connections for the requests that follow', async () => {
    const ports = new Set<number | undefined>();
    const port = await receiver((request, response) => {
      ports.add(request.socket.remotePort);
      response.end();
    });
    const one = sender();
    for (let n = 0; n < 12; n += 1) await one.send(post(`http://127.0.0.1:${port}/`), limits);
    // Two: the pool lets go of a connection a moment after the answer's end.
    expect(ports.size).toBeLessThanOrEqual(2);
  });

  it('opens no more connections to an origin than its bound, and still sends everything', async () => {
    let open = 0;
    let most = 0;
    const server = createServer((_request, response) => void setImmediate(() => response.end()));
    server.on('connection', (socket) => {
      most = Math.max(most, (open += 1));
      socket.on('close', () => (open -= 1));
    });
    const port = await listening(server);
    const one = sender({ connectionsPerOrigin: 3 });
    const sent = await Promise.all(Array.from({ length: 30 }, () => one.send(post(`http://127.0.0.1:${port}/`), limits)));
    expect(sent.filter(({ outcome }) => outcome.kind === 'responded')).toHaveLength(30);
    expect(most).toBeLessThanOrEqual(3);
  });

  it('does not follow a redirect: it is an answer like any other', async () => {
    let hits = 0;
    const port = await receiver((_request, response) => {
      hits += 1;
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    const { outcome } = await sender().send(post(`http://127.0.0.1:${port}/`), limits);
    expect(outcome).toMatchObject({ kind: 'responded', status: 307 });
    expect(hits).toBe(1);
  });

  it('follows a redirect when the policy says so, with method and body, up to the bound', async () => {
    const port = await receiver((request, response) => {
      if (request.url === '/end') return void request.pipe(response.writeHead(200));
      response.writeHead(308, { location: request.url === '/loop' ? '/loop' : '/end' }).end();
    });
    const one = sender();
    const followed = await one.send(post(`http://127.0.0.1:${port}/`), { timeoutMs: 5_000, maxRedirects: 2 });
    expect(followed.outcome).toMatchObject({ kind: 'responded', status: 200, body: '{"a":1}' });
    const looped = await one.send(post(`http://127.0.0.1:${port}/loop`), { timeoutMs: 5_000, maxRedirects: 2 });
    expect(looped.outcome).toMatchObject({ kind: 'responded', status: 308 });
  });

  it('checks the address at every hop, and leaves secrets behind when the origin changes', async () => {
    const port = await receiver((request, response) => {
      if (request.url === '/inward') response.writeHead(307, { location: 'http://10.0.0.1/' }).end();
      else if (request.url === '/other') response.writeHead(307, { location: `http://127.0.0.2:${port}/end` }).end();
      else response.end(`secret: ${String(request.headers['x-secret'])}`);
    });
    const one = sender();
    const headers = [{ name: 'x-secret', value: 's3cret', redact: true }];
    const inward = await one.send(post(`http://127.0.0.1:${port}/inward`), { timeoutMs: 5_000, maxRedirects: 3 });
    expect(inward.outcome).toMatchObject({ kind: 'not_sent', code: 'address_denied' });
    if (process.platform !== 'linux') return; // only there is all of 127.0.0.0/8 this machine
    const elsewhere = createServer((request, response) => response.end(`secret: ${String(request.headers['x-secret'])}`));
    await new Promise<void>((resolve) => elsewhere.listen(port, '127.0.0.2', resolve));
    closing.push(() => new Promise((resolve) => elsewhere.close(resolve)));
    const other = await one.send(post(`http://127.0.0.1:${port}/other`, { headers }), { timeoutMs: 5_000, maxRedirects: 3 });
    expect(other.outcome).toMatchObject({ kind: 'responded', body: 'secret: undefined' });
  });

  it('keeps 16 KiB of a body and reads the rest away', async () => {
    const port = await receiver((_request, response) => response.end('é'.repeat(50_000)));
    const { outcome } = await sender().send(post(`http://127.0.0.1:${port}/`), limits);
    expect(outcome).toMatchObject({ kind: 'responded', status: 200, bodyEncoding: 'utf8', bodyTruncated: true });
    expect(outcome.kind === 'responded' && Buffer.byteLength(outcome.body)).toBe(16 * 1024);
  });

  it('shows a body that is no UTF-8 as base64', async () => {
    const port = await receiver((_request, response) => response.end(Buffer.from([0xff, 0xfe, 0x00])));
    const { outcome } = await sender().send(post(`http://127.0.0.1:${port}/`), limits);
    expect(outcome).toMatchObject({ kind: 'responded', body: '//4A', bodyEncoding: 'base64', bodyTruncated: false });
  });

  it('does not inflate a compressed body', async () => {
    const bytes = Buffer.from('H4sIAAAAAAAAA8tIzcnJBwCGphA2BQAAAA==', 'base64');
    const port = await receiver((_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bytes));
    const { outcome } = await sender().send(post(`http://127.0.0.1:${port}/`), limits);
    expect(outcome).toMatchObject({ kind: 'responded', bodyEncoding: 'base64', body: bytes.toString('base64') });
  });

  it('cuts an endless body after 1 MiB and judges it by its status', async () => {
    const port = await receiver((_request, response) => {
      const chunk = Buffer.alloc(64 * 1024, 'x');
      const more = (): void => void (response.destroyed || response.write(chunk, () => setImmediate(more)));
      more();
    });
    const { outcome } = await sender().send(post(`http://127.0.0.1:${port}/`), limits);
    expect(outcome).toMatchObject({ kind: 'responded', status: 200, bodyTruncated: true });
  });

  it('gives up on a body that trickles for ever when the time is up', async () => {
    const port = await receiver((_request, response) => {
      const trickle = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(trickle));
    });
    const { outcome } = await sender().send(post(`http://127.0.0.1:${port}/`), { timeoutMs: 200, maxRedirects: 0 });
    expect(outcome).toMatchObject({ kind: 'timed_out', stage: 'body' });
  });

  it('gives up on a silent receiver when the time is up', async () => {
    const port = await listening(createTcpServer(() => undefined));
    const { outcome, durationMs } = await sender().send(post(`http://127.0.0.1:${port}/`), { timeoutMs: 200, maxRedirects: 0 });
    expect(outcome).toMatchObject({ kind: 'timed_out', stage: 'response' });
    expect(durationMs).toBeGreaterThanOrEqual(200);
    expect(durationMs).toBeLessThan(2_000);
  });

  it('gives up while waiting for a connection, and never sends that request afterwards', async () => {
    let arrived = 0;
    const held: (() => void)[] = [];
    const port = await receiver((_request, response) => {
      arrived += 1;
      held.push(() => response.end());
    });
    const one = sender({ connectionsPerOrigin: 1 });
    const first = one.send(post(`http://127.0.0.1:${port}/`), limits);
    const second = await one.send(post(`http://127.0.0.1:${port}/`), { timeoutMs: 150, maxRedirects: 0 });
    expect(second.outcome).toMatchObject({ kind: 'timed_out', stage: 'connect' });
    held.forEach((answer) => answer());
    expect((await first).outcome).toMatchObject({ kind: 'responded' });
    const third = one.send(post(`http://127.0.0.1:${port}/`), limits);
    while (held.length < 2) await new Promise(setImmediate);
    held.forEach((answer) => answer());
    expect((await third).outcome).toMatchObject({ kind: 'responded' });
    expect(arrived).toBe(2);
  });

  it('reports a refused connection, a cut one and a name that does not resolve', async () => {
    const free = createTcpServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const { port: closedPort } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    const cutting = await listening(createTcpServer((socket) => socket.once('data', () => socket.destroy())));
    const unknown: Resolve = (name, answer) => answer(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' }), []);
    const one = sender({ resolve: unknown });
    expect((await one.send(post(`http://127.0.0.1:${closedPort}/`), limits)).outcome).toMatchObject({ kind: 'connection_failed', code: 'ECONNREFUSED' });
    expect((await one.send(post(`http://127.0.0.1:${cutting}/`), limits)).outcome).toMatchObject({ kind: 'connection_failed', code: 'UND_ERR_SOCKET' });
    expect((await one.send(post('http://nowhere.example/'), limits)).outcome).toMatchObject({ kind: 'connection_failed', code: 'ENOTFOUND' });
  });

  it('bounds the size of response headers', async () => {
    const port = await listening(
      createTcpServer((socket) => void socket.once('data', () => socket.write(`HTTP/1.1 200 OK\r\nx-long: ${'x'.repeat(40_000)}\r\n\r\n`))),
    );
    expect((await sender().send(post(`http://127.0.0.1:${port}/`), limits)).outcome).toMatchObject({ kind: 'connection_failed' });
  });

  it.each(['ftp://127.0.0.1/', 'javascript:alert(1)', 'not a url', ''])('does not send to "%s"', async (url) => {
    expect((await sender().send(post(url), limits)).outcome).toMatchObject({ kind: 'not_sent', code: 'invalid_url' });
  });

  it('does not send a header that would split the request', async () => {
    const request = post('http://127.0.0.1:9/', { headers: [{ name: 'x-a', value: 'a\r\nx-b: b' }] });
    expect((await sender().send(request, limits)).outcome).toMatchObject({ kind: 'not_sent', code: 'invalid_request' });
  });

  it('lets go of idle origins beyond its bound', async () => {
    let open = 0;
    const ports = await Promise.all(
      Array.from({ length: 4 }, () => {
        const server = createServer((_request, response) => response.end());
        server.on('connection', (socket) => {
          open += 1;
          socket.on('close', () => (open -= 1));
        });
        return listening(server);
      }),
    );
    const one = sender({ idleOrigins: 1 });
    for (const port of ports) await one.send(post(`http://127.0.0.1:${port}/`), limits);
    while (open > 1) await new Promise(setImmediate);
    expect(open).toBe(1);
  });
});

describe('the sender, guarding addresses', () => {
  const names: Readonly<Record<string, readonly string[]>> = {
    'good.example': ['127.0.0.1'],
    'inner.example': ['10.0.0.1'],
    'mixed.example': ['127.0.0.1', '169.254.169.254'],
  };
  const resolve: Resolve = (name, answer) => answer(null, (names[name] ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));

  it.each(['http://10.0.0.1/', 'http://[::1]/', 'http://[::ffff:10.0.0.1]/', 'http://2852039166/', 'http://0x0a.1/', 'https://192.168.1.1/'])(
    'does not connect to %s, which is an address itself',
    async (url) => {
      expect((await sender({ resolve }).send(post(url), limits)).outcome).toMatchObject({ kind: 'not_sent', code: 'address_denied' });
    },
  );

  it('connects to the address that it checked', async () => {
    const port = await receiver((request, response) => response.end(request.headers.host));
    const { outcome } = await sender({ resolve }).send(post(`http://good.example:${port}/`), limits);
    expect(outcome).toMatchObject({ kind: 'responded', body: `good.example:${port}` });
  });

  it.each(['inner.example', 'mixed.example'])('does not connect to %s when any address of it is denied', async (name) => {
    const { outcome } = await sender({ resolve }).send(post(`http://${name}/`), limits);
    expect(outcome).toMatchObject({ kind: 'not_sent', code: 'address_denied' });
    expect(JSON.stringify(outcome)).not.toMatch(/10\.0\.0\.1|169\.254/);
  });

  it('checks again at every connection, so that a name which turns inward is caught', async () => {
    const answers = ['127.0.0.1', '10.0.0.1'];
    const rebinding: Resolve = (_name, answer) => answer(null, [{ address: answers.shift() ?? '10.0.0.1', family: 4 }]);
    const port = await receiver((_request, response) => response.writeHead(200, { connection: 'close' }).end());
    const one = sender({ resolve: rebinding });
    expect((await one.send(post(`http://turn.example:${port}/`), limits)).outcome).toMatchObject({ kind: 'responded' });
    expect((await one.send(post(`http://turn.example:${port}/`), limits)).outcome).toMatchObject({ kind: 'not_sent', code: 'address_denied' });
  });
});
