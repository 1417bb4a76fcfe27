import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import type { Sealed } from '@hookyard/event-schemas';
import { lru } from './lru.ts';

/** Encrypts what must be kept and never shown. */
export interface SecretBox {
  /** AES-256-GCM under the current key; the same text sealed twice gives two different values. */
  seal(plain: string): Sealed;
  /** Opens what any of the keys sealed. Throws `SealError`. The values opened last are remembered. */
  open(sealed: Sealed): string;
}

export const SECRET_BOX = Symbol('SecretBox');

/** `malformed`: not of our form. `unknown_key`: sealed under a key that was not given. `tampered`: the bytes are not what was sealed. */
export class SealError extends Error {
  override readonly name = 'SealError';
  constructor(
    readonly code: 'malformed' | 'unknown_key' | 'tampered',
    message: string,
  ) {
    super(message);
  }
}

/** To change the master key: the new one becomes current, the old ones stay for opening until everything is sealed anew. */
export type MasterKeys = { readonly current: Buffer; readonly previous?: readonly Buffer[] };

export const masterKeyBytes = 32;

// NIST SP 800-38D: a 96-bit nonce; drawn at random it is good for 2^32 values under one key (8.3).
const nonceBytes = 12;
const tagBytes = 16;
const openedKept = 10_000;

/** `nonce` gives 12 bytes, never twice the same under one key. */
export function secretBox(keys: Buffer | MasterKeys, nonce: () => Buffer = () => randomBytes(nonceBytes)): SecretBox {
  const { current, previous = [] } = Buffer.isBuffer(keys) ? { current: keys } : keys;
  const byId = new Map([...previous, current].map((key) => [keyId(key), key]));
  const currentId = keyId(current);
  const opened = lru<string>(openedKept);

  return {
    seal(plain) {
      const iv = nonce();
      const cipher = createCipheriv('aes-256-gcm', current, iv, { authTagLength: tagBytes }).setAAD(Buffer.from(header(currentId)));
      const sealed = Buffer.concat([iv, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `${header(currentId)}.${sealed.toString('base64url')}`;
    },
    open: (sealed) => opened.get(sealed, () => decrypt(sealed, byId)),
  };
}

/** Whether a text has the form of a sealed value; says nothing about whether it can be opened. */
export function isSealed(text: string): text is Sealed {
  return sealedForm.test(text);
}

// See `Sealed` in event-schemas; 28 bytes (nonce and tag of an empty text) are 38 characters.
const sealedForm = /^v1\.([0-9a-f]{16})\.([A-Za-z0-9_-]{38,})$/;

function decrypt(sealed: Sealed, keys: ReadonlyMap<string, Buffer>): string {
  const [, id, encoded] = sealedForm.exec(sealed) ?? [];
  if (id === undefined || encoded === undefined) throw new SealError('malformed', 'This is not a sealed value.');
  const key = keys.get(id);
  if (key === undefined) {
    throw new SealError('unknown_key', `The value was sealed under the master key ${id}, which is not among those given (${[...keys.keys()].join(', ')}).`);
  }
  const bytes = Buffer.from(encoded, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes })
    .setAAD(Buffer.from(header(id)))
    .setAuthTag(bytes.subarray(-tagBytes));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]).toString('utf8');
  } catch {
    throw new SealError('tampered', 'The sealed value has been changed since it was sealed.');
  }
}

/** Names a key without telling anything of it. */
function keyId(key: Buffer): string {
  if (key.length !== masterKeyBytes) throw new Error(`a master key has ${masterKeyBytes} bytes, not ${key.length}`);
  return createHash('sha256').update('hookyard master key').update(key).digest('hex').slice(0, 16);
}

/** Authenticated along with the value, so that neither form nor key can be relabelled. */
function header(id: string): string {
  return `v1.${id}`;
}
