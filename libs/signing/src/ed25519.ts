import { createPrivateKey, createPublicKey, randomBytes, sign, verify, type KeyObject } from 'node:crypto';
import { lru } from './lru.ts';

/** Length of a seed and of a public key (RFC 8032, 5.1.5). */
export const ed25519KeyBytes = 32;

// The DER of a key up to its raw bytes: PKCS #8 and SubjectPublicKeyInfo for id-Ed25519 (RFC 8410, 7 and 4).
const privatePrefix = Buffer.from('302e020100300506032b657004220420', 'hex');
const publicPrefix = Buffer.from('302a300506032b6570032100', 'hex');

// Importing a key costs more than signing with it, so the newest are kept.
const privateKeys = lru<KeyObject>(1_000);
const publicKeys = lru<KeyObject>(1_000);

export type Ed25519KeyPair = {
  /** The private half: 32 bytes from which the rest follows. */
  readonly seed: Buffer;
  readonly publicKey: Buffer;
};

/** The key pair of a seed; without one, a new pair. */
export function ed25519KeyPair(seed: Buffer = randomBytes(ed25519KeyBytes)): Ed25519KeyPair {
  const spki = createPublicKey(privateKey(seed)).export({ format: 'der', type: 'spki' });
  return { seed, publicKey: spki.subarray(publicPrefix.length) };
}

/** The 64 bytes of the signature. The same seed and message give the same signature. */
export function ed25519Sign(seed: Buffer, message: Buffer): Buffer {
  return sign(null, message, privateKey(seed));
}

export function ed25519Verify(publicKey: Buffer, message: Buffer, signature: Buffer): boolean {
  requireKeyBytes(publicKey);
  const key = publicKeys.get(publicKey.toString('base64'), () =>
    createPublicKey({ key: Buffer.concat([publicPrefix, publicKey]), format: 'der', type: 'spki' }),
  );
  return verify(null, message, key, signature);
}

function privateKey(seed: Buffer): KeyObject {
  requireKeyBytes(seed);
  return privateKeys.get(seed.toString('base64'), () =>
    createPrivateKey({ key: Buffer.concat([privatePrefix, seed]), format: 'der', type: 'pkcs8' }),
  );
}

function requireKeyBytes(key: Buffer): void {
  if (key.length !== ed25519KeyBytes) throw new Error(`an Ed25519 key has ${ed25519KeyBytes} bytes, not ${key.length}`);
}
