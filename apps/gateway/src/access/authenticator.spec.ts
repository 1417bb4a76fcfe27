import type { TokenRecord } from '@hookyard/event-schemas';
import type { Clock } from '@hookyard/ports';
import { authenticator } from './authenticator.ts';
import { newToken, tokenIdOf } from './token-text.ts';

const now = 1_000_000;
const clock: Clock = { now: () => now, after: () => () => undefined };
const issued = newToken();
const record: TokenRecord = { kind: 'token', id: issued.id, project: 'shop', name: 'ci', scopes: ['manage'], hash: issued.hash, createdAt: 0 };

function knowing(...records: readonly TokenRecord[]) {
  return authenticator({ adminToken: 'the-admin-token', clock, catalogue: { token: (id) => records.find((token) => token.id === id) } });
}

describe('a bearer token', () => {
  it('is the administrator with the administrator token', async () => {
    expect(await knowing().authenticate('the-admin-token')).toMatchObject({ isAdmin: true, actor: { kind: 'admin' } });
    expect(await knowing().authenticate('the-admin-tokeN')).toBeNull();
  });

  it('is its project with its scopes, and managing includes reading', async () => {
    expect(await knowing(record).authenticate(issued.text)).toEqual({ actor: { kind: 'token', id: issued.id }, isAdmin: false, project: 'shop', scopes: ['manage', 'read'] });
    expect(await knowing({ ...record, scopes: ['emit'] }).authenticate(issued.text)).toMatchObject({ scopes: ['emit'] });
  });

  it('is nobody when it is unknown, revoked, expired, of another secret, or no token at all', async () => {
    expect(await knowing().authenticate(issued.text)).toBeNull();
    expect(await knowing({ ...record, expiresAt: now }).authenticate(issued.text)).toBeNull();
    const other = newToken();
    const mixed = issued.text.slice(0, -43) + other.text.slice(-43);
    expect(tokenIdOf(mixed)).toBe(issued.id);
    expect(await knowing(record).authenticate(mixed)).toBeNull();
    for (const text of ['', 'hyk_', 'hyk_x_y', `${issued.text}=`, `tok_${issued.text}`]) expect(await knowing(record).authenticate(text)).toBeNull();
  });

  it('is valid until the instant it expires', async () => {
    expect(await knowing({ ...record, expiresAt: now + 1 }).authenticate(issued.text)).not.toBeNull();
  });

  it('keeps nothing of its secret in what is stored', () => {
    expect(issued.text).toMatch(/^hyk_[0-9a-f]{32}_[A-Za-z0-9_-]{43}$/);
    expect(JSON.stringify(record)).not.toContain(issued.text.slice(-43));
  });
});
