import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshName } from '@hookyard/ports/testing';
import { openEventStoreDb, type EventStoreDbOptions } from './open.ts';
import { startFaultyServer, type FaultyServer } from './server-harness.ts';

// Real: the adapter, its client, TLS with a certificate made here. Doubled: the server, by the test server of this repository,
// which knows one user. May be asserted: who gets in.

const folder = mkdtempSync(join(tmpdir(), 'hookyard-tls-'));
const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
const user = { username: 'ops', password: 'p@ss:wörd/1' };
let server: FaultyServer;

beforeAll(async () => {
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-keyout', key, '-out', cert, ...subject], { stdio: 'pipe' });
  server = await startFaultyServer(['--cert', cert, '--key', key, '--user', `${user.username}:${user.password}`]);
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function appends(options: Partial<EventStoreDbOptions>): Promise<number> {
  const store = await openEventStoreDb({ connectionString: `${server.connectionString}&tlsCAFile=${encodeURIComponent(cert)}`, ...options });
  try {
    return (await store.append(freshName('secure'), [{ id: randomUUID(), type: 'A', data: {} }], 'no_stream')).revision;
  } finally {
    await store.close();
  }
}

describe('a secure connection', () => {
  it('carries the credentials of the options, or those of the connection string', async () => {
    expect(await appends({ credentials: user })).toBe(0);
    const login = `${encodeURIComponent(user.username)}:${encodeURIComponent(user.password)}`;
    const connectionString = `${server.connectionString.replace('esdb://', `esdb://${login}@`)}&tlsCAFile=${encodeURIComponent(cert)}`;
    expect(await appends({ connectionString })).toBe(0);
  });

  it('shows a user certificate', async () => {
    expect(await appends({ credentials: user, userCertificate: { certFile: cert, keyFile: key } })).toBe(0);
    await expect(appends({ credentials: user, userCertificate: { certFile: join(folder, 'none.pem'), keyFile: key } })).rejects.toThrow(/certificate/);
  });

  it('is refused to others at once, in words that help', async () => {
    await expect(appends({ startTimeoutMs: 600_000 })).rejects.toThrow(/denies access: the user needs the right/);
    await expect(appends({ credentials: { ...user, password: 'wrong' }, startTimeoutMs: 600_000 })).rejects.toThrow(/denies access/);
  });

  it('is not made to a server whose certificate nobody vouches for', async () => {
    await expect(appends({ connectionString: server.connectionString, credentials: user, startTimeoutMs: 500 })).rejects.toMatchObject({ code: 'unavailable' });
  });
});
