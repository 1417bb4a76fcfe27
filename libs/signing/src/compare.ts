import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether two texts are the same, in a time that tells nothing about where they differ, nor about their lengths. */
export function sameText(left: string, right: string): boolean {
  return timingSafeEqual(digest(left), digest(right));
}

/**
 * What is stored of a token: SHA-256, hex. Tokens are long and random, so a slow hash would add nothing;
 * looking one up by this hash tells no one how much of a guess was right.
 */
export function hashToken(token: string): string {
  return digest(token).toString('hex');
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}
