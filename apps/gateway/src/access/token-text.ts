import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** `hyk_<id without its prefix>_<secret>`: the id finds the record, the secret proves it. */
const form = /^hyk_([0-9a-z]{1,64})_[A-Za-z0-9_-]{43}$/;
const idPrefix = 'tok_';

export type NewToken = {
  readonly id: string;
  /** Shown once, to whoever asked for it. */
  readonly text: string;
  /** What is kept: SHA-256 of the text, hex. Fast is enough: the secret has 256 random bits. */
  readonly hash: string;
};

export function newToken(): NewToken {
  const id = randomBytes(16).toString('hex');
  const text = `hyk_${id}_${randomBytes(32).toString('base64url')}`;
  return { id: idPrefix + id, text, hash: digestOf(text).toString('hex') };
}

/** The id of the token that this text claims to be, or null when no token looks so. */
export function tokenIdOf(text: string): string | null {
  const id = form.exec(text)?.[1];
  return id === undefined ? null : idPrefix + id;
}

/** What is compared instead of a secret's text: its SHA-256. */
export function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Whether two digests are the same, found out in a time that says nothing about either. */
export function isSameDigest(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
