import { until } from '@hookyard/ports/testing';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { faultProxy, type FaultProxy } from './fault-proxy.ts';

/**
 * Real: sockets. Doubled: the server, which answers each chunk with itself in capitals, and remembers what it was sent.
 */
describe('the fault proxy', () => {
  let server: Server;
  let proxy: FaultProxy;
  let seen = '';
  const clients: Client[] = [];

  beforeEach(async () => {
    seen = '';
    server = createServer((socket) => {
      socket.on('data', (chunk: Buffer) => {
        seen += chunk.toString();
        socket.write(chunk.toString().toUpperCase());
      });
      socket.on('error', () => undefined);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    proxy = await faultProxy({ target: `127.0.0.1:${(server.address() as AddressInfo).port}` });
  });

  afterEach(async () => {
    clients.splice(0).forEach(({ socket }) => socket.destroy());
    await proxy.close();
    await new Promise((resolve) => server.close(resolve));
  });

  type Client = { readonly socket: Socket; received: string; isClosed: boolean };

  function client(): Client {
    const joined: Client = { socket: connect(proxy.port, '127.0.0.1'), received: '', isClosed: false };
    joined.socket.on('data', (chunk: Buffer) => void (joined.received += chunk.toString()));
    joined.socket.on('error', () => undefined);
    joined.socket.on('close', () => void (joined.isClosed = true));
    clients.push(joined);
    return joined;
  }

  it('passes everything on in both directions', async () => {
    const one = client();
    one.socket.write('hello');
    await until(() => one.received === 'HELLO');
    one.socket.end();
    await until(() => one.isClosed && proxy.connections() === 0);
  });

  it('lets requests through and loses the answers, and then cuts what has a gap', async () => {
    const [losing, quiet] = [client(), client()];
    await until(() => proxy.connections() === 2);
    proxy.swallowAnswers(true);
    losing.socket.write('lost');
    await until(() => seen === 'lost');
    expect(losing.received).toBe('');
    proxy.swallowAnswers(false);
    await until(() => losing.isClosed);
    quiet.socket.write('kept');
    await until(() => quiet.received === 'KEPT');
  });

  it('cuts every connection, and welcomes new ones', async () => {
    const one = client();
    await until(() => proxy.connections() === 1);
    proxy.cut();
    await until(() => one.isClosed && proxy.connections() === 0);
    const two = client();
    two.socket.write('again');
    await until(() => two.received === 'AGAIN');
  });

  it('refuses new connections and keeps those there are', async () => {
    const there = client();
    await until(() => proxy.connections() === 1);
    proxy.refuse(true);
    const refused = client();
    await until(() => refused.isClosed);
    there.socket.write('still');
    await until(() => there.received === 'STILL');
    proxy.refuse(false);
    const welcome = client();
    welcome.socket.write('new');
    await until(() => welcome.received === 'NEW');
  });

  it('holds everything back and loses nothing while it is stalled', async () => {
    const one = client();
    await until(() => proxy.connections() === 1);
    proxy.stall(true);
    one.socket.write('held');
    const two = client();
    two.socket.write(' too');
    await until(() => proxy.connections() === 2);
    expect(seen).toBe('');
    proxy.stall(false);
    await until(() => one.received === 'HELD' && two.received === ' TOO');
  });

  it('delays answers by the time it was told, in their order', async () => {
    const one = client();
    await until(() => proxy.connections() === 1);
    proxy.delay(150);
    const sentAt = performance.now();
    one.socket.write('slow');
    await until(() => seen === 'slow');
    proxy.delay(0);
    one.socket.write('quick');
    await until(() => one.received === 'SLOWQUICK');
    expect(performance.now() - sentAt).toBeGreaterThanOrEqual(149);
  });
});
