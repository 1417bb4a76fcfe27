import { ed25519KeyPair } from '@hookyard/signing';
import { nativeLimits } from './limits.ts';

/**
 * The signing keys of a webhook in force at one time. Sealed as one text, so that they are exchanged in one step:
 * keys in the notation of Standard Webhooks (`whsec_` HMAC secret, `whsk_` Ed25519 private key), parted by a blank.
 */
export type Keyring = {
  /** Base64 behind `whsec_`. */
  readonly secret?: string;
  /** The Ed25519 seed, base64 behind `whsk_`. */
  readonly privateKey?: string;
};

/** `v1` is HMAC-SHA256, `v1a` is Ed25519. */
export type SignatureKind = 'v1' | 'v1a';

const secretPrefix = 'whsec_';
const privatePrefix = 'whsk_';
const publicPrefix = 'whpk_';

export function formatKeyring({ secret, privateKey }: Keyring): string {
  return [secret, privateKey].filter((key) => key !== undefined).join(' ');
}

export function parseKeyring(keys: string): Keyring {
  const [secret, privateKey] = [secretPrefix, privatePrefix].map((prefix) => keys.split(' ').find((key) => key.startsWith(prefix)));
  return { ...(secret === undefined ? {} : { secret }), ...(privateKey === undefined ? {} : { privateKey }) };
}

export function hasKeyFor(keyring: Keyring, kind: SignatureKind): boolean {
  return (kind === 'v1' ? keyring.secret : keyring.privateKey) !== undefined;
}

/** A new Ed25519 private key, or that of a seed. */
export function newPrivateKey(seed?: Buffer): string {
  return `${privatePrefix}${ed25519KeyPair(seed).seed.toString('base64')}`;
}

/** What receivers verify `v1a` with: `whpk_…`. */
export function publicKeyOf(privateKey: string): string {
  return `${publicPrefix}${ed25519KeyPair(keyBytes(privateKey)).publicKey.toString('base64')}`;
}

/** The bytes behind the prefix. */
export function keyBytes(key: string): Buffer {
  return Buffer.from(key.slice(key.indexOf('_') + 1), 'base64');
}

/** What is wrong with an HMAC secret that a client gives, as a sentence, or null. */
export function secretProblem(secret: string): string | null {
  const { min, max } = nativeLimits.secretBytes;
  if (!secret.startsWith(secretPrefix)) return `A secret begins with ${secretPrefix}.`;
  const encoded = secret.slice(secretPrefix.length);
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.toString('base64') !== encoded) return `Behind ${secretPrefix} stands base64, with its padding.`;
  return bytes.length < min || bytes.length > max ? `A secret has ${min} to ${max} bytes, this one has ${bytes.length}.` : null;
}
