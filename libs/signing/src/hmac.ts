import { createHmac } from 'node:crypto';

export type HmacOptions = {
  readonly algorithm: 'sha1' | 'sha256';
  /** Text counts as its UTF-8 bytes. */
  readonly key: string | Buffer;
  readonly encoding: 'hex' | 'base64';
};

/** The HMAC of the parts put one after the other; a body need not be copied to be signed behind a prefix. */
export function hmac({ algorithm, key, encoding }: HmacOptions, ...parts: readonly (string | Buffer)[]): string {
  const mac = createHmac(algorithm, key);
  for (const part of parts) mac.update(part);
  return mac.digest(encoding);
}
