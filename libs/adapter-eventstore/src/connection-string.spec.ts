import { completed, serverOf } from './connection-string.ts';

describe('a connection string', () => {
  it('is completed with what the client must be told', () => {
    expect(completed('esdb://localhost:2113?tls=false', { serial: 3 })).toBe('esdb://localhost:2113?tls=false&throwOnAppendFailure=true&keepAliveInterval=10003');
    expect(completed(' esdb+discover://cluster.example:2113/ ', { serial: 0 })).toBe('esdb+discover://cluster.example:2113?throwOnAppendFailure=true&keepAliveInterval=10000');
  });

  it('keeps the options that were given, but never that a refused append goes for done', () => {
    const text = completed('esdb://one:2113,two:2113?throw_on_append_failure=false&KeepAliveInterval=20000&nodePreference=leader', { serial: 1 });
    expect(text).toBe('esdb://one:2113,two:2113?nodePreference=leader&throwOnAppendFailure=true&keepAliveInterval=20001');
    expect(completed('esdb://one?keepAliveInterval=-1', { serial: 1 })).toContain('keepAliveInterval=-1');
  });

  it('takes credentials in the place of its own, whatever signs they have, and a user certificate', () => {
    expect(completed('esdb://admin:changeit@host', { serial: 0 })).toMatch(/^esdb:\/\/admin:changeit@host\?/);
    expect(completed('esdb://admin:changeit@host', { serial: 0, credentials: { username: 'us:er', password: 'p@ss/word?' } })).toMatch(/^esdb:\/\/us%3Aer:p%40ss%2Fword%3F@host\?/);
    expect(completed('esdb://host', { serial: 0, userCertificate: { certFile: '/run/a b.pem', keyFile: '/run/key.pem' } })).toContain('userCertFile=%2Frun%2Fa%20b.pem&userKeyFile=%2Frun%2Fkey.pem');
  });

  it('names the leader instead of the cluster', () => {
    expect(completed('esdb+discover://u:p@cluster:2113?tls=true', { serial: 0, leader: { address: '10.0.0.3', port: 2114 } })).toMatch(/^esdb:\/\/u:p@10\.0\.0\.3:2114\?tls=true&/);
  });

  it('is shown without its credentials', () => {
    expect(serverOf('esdb://admin:changeit@one:2113,two:2113?tls=false')).toBe('one:2113,two:2113');
  });

  it.each(['', 'localhost:2113', 'http://localhost:2113', 'esdb://', 'esdb://user:secret@'])('is refused when it is none (%s), without repeating it', (text) => {
    expect(() => serverOf(text)).toThrow(/not a connection string/);
    expect(() => serverOf(text)).not.toThrow(/secret/);
  });

  it.each(['tlsVerifyCert=false', 'tlsCaFiel=/ca.pem'])('is refused with an option that would be ignored (%s)', (option) => {
    expect(() => completed(`esdb://admin:hush@host?${option}`, { serial: 0 })).toThrow(/does not support the connection option tls/);
    expect(() => completed(`esdb://admin:hush@host?${option}`, { serial: 0 })).not.toThrow(/hush/);
  });
});
