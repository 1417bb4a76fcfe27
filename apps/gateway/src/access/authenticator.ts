import type { TokenScope } from '@hookyard/event-schemas';
import type { Clock } from '@hookyard/ports';
import type { Authenticator, Caller } from '@hookyard/runtime/http';
import type { Catalogue } from '../projects/catalogue.ts';
import { digestOf, isSameDigest, tokenIdOf } from './token-text.ts';

export type AuthenticatorPorts = {
  readonly adminToken: string;
  readonly catalogue: Pick<Catalogue, 'token'>;
  readonly clock: Clock;
};

const admin: Caller = { actor: { kind: 'admin', id: 'admin' }, isAdmin: true, scopes: [] };

// Compared with when there is no such token, so that an unknown id takes as long as a wrong secret.
const nobodysHash = '0'.repeat(64);

/** Knows the administrator's token and the tokens of all projects. */
export function authenticator({ adminToken, catalogue, clock }: AuthenticatorPorts): Authenticator {
  const adminDigest = digestOf(adminToken);
  return {
    async authenticate(bearer) {
      const digest = digestOf(bearer);
      if (isSameDigest(digest, adminDigest)) return admin;
      const id = tokenIdOf(bearer);
      const token = id === null ? undefined : catalogue.token(id);
      if (!isSameDigest(digest, Buffer.from(token?.hash ?? nobodysHash, 'hex')) || token === undefined) return null;
      if (token.expiresAt !== undefined && token.expiresAt <= clock.now()) return null;
      return { actor: { kind: 'token', id: token.id }, isAdmin: false, project: token.project, scopes: effectiveScopes(token.scopes) };
    },
  };
}

/** Who may manage may read. Emitting is a right of its own: a console that manages cannot speak for a producer. */
function effectiveScopes(scopes: readonly TokenScope[]): readonly TokenScope[] {
  return scopes.includes('manage') && !scopes.includes('read') ? [...scopes, 'read'] : scopes;
}
