import type { SealedSecret, WebhookRecord } from '@hookyard/event-schemas';
import { formatKeyring, newPrivateKey, parseKeyring, publicKeyOf, type Keyring, type SignatureKind } from '@hookyard/dialect-native';
import { SealError, type SecretBox } from '@hookyard/signing';

/** A key that an answer may speak of: its kind, and what is public of it. */
export type KeyView = { readonly kind: SignatureKind; readonly publicKey?: string; readonly expiresAt?: number };

/** The keys of a new webhook: the secret that its owner brings, and always a key pair, so that `v1a` can be switched on later. */
export function newKeyring(secret?: string): Keyring {
  return { ...(secret === undefined ? {} : { secret }), privateKey: newPrivateKey() };
}

export function currentKeyring(record: WebhookRecord, box: SecretBox): Keyring {
  const [current] = record.secrets;
  return current === undefined ? {} : parseKeyring(box.open(current.sealed));
}

/** Sealed; the one in force again when nothing about the keys is new, so that a repeat changes nothing. */
export function sealKeyring(keyring: Keyring, box: SecretBox, current?: SealedSecret): string {
  const keys = formatKeyring(keyring);
  return current !== undefined && box.open(current.sealed) === keys ? current.sealed : box.seal(keys);
}

/** What may be told of the keys in force at this time, newest first. One that this master key cannot open is passed over. */
export function keyViews(record: WebhookRecord, kinds: readonly SignatureKind[], box: SecretBox, now: number): readonly KeyView[] {
  const seen = new Set<string>();
  return record.secrets.flatMap(({ sealed, expiresAt }) => {
    if (expiresAt !== undefined && expiresAt <= now) return [];
    const keyring = openOrEmpty(sealed, box);
    return kinds.flatMap((kind): readonly KeyView[] => {
      const key = kind === 'v1' ? keyring.secret : keyring.privateKey;
      // A key that lives on in a newer keyring is not about to expire.
      if (key === undefined || seen.has(key)) return [];
      seen.add(key);
      return [{ kind, ...(kind === 'v1a' ? { publicKey: publicKeyOf(key) } : {}), ...(expiresAt === undefined ? {} : { expiresAt }) }];
    });
  });
}

function openOrEmpty(sealed: string, box: SecretBox): Keyring {
  try {
    return parseKeyring(box.open(sealed));
  } catch (error) {
    if (error instanceof SealError) return {};
    throw error;
  }
}
