import { hashToken, sameText } from './compare.ts';
import { ed25519KeyPair, ed25519Sign, ed25519Verify } from './ed25519.ts';
import { hmac } from './hmac.ts';
import { lru } from './lru.ts';

describe('an HMAC', () => {
  // RFC 4231, test case 2, and RFC 2202, test case 2.
  const jefe = { key: 'Jefe', encoding: 'hex' } as const;
  it('is that of the RFC for SHA-256 and SHA-1', () => {
    expect(hmac({ ...jefe, algorithm: 'sha256' }, 'what do ya want for nothing?')).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
    expect(hmac({ ...jefe, algorithm: 'sha1' }, 'what do ya want for nothing?')).toBe('effcdf6ae5eb2fa2d27416d5f184df9c259a7c79');
  });

  it('is the same over parts as over the whole, and in base64 the same bytes', () => {
    const whole = hmac({ ...jefe, algorithm: 'sha256' }, 'what do ya want for nothing?');
    const parts = hmac({ key: Buffer.from('Jefe'), algorithm: 'sha256', encoding: 'base64' }, 'what do ya ', Buffer.from('want for nothing?'));
    expect(Buffer.from(parts, 'base64').toString('hex')).toBe(whole);
  });
});

describe('Ed25519', () => {
  // RFC 8032, 7.1, test 2.
  const seed = Buffer.from('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb', 'hex');
  const publicKey = Buffer.from('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c', 'hex');
  const signature = Buffer.from(
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    'hex',
  );
  const message = Buffer.from('72', 'hex');

  it('derives, signs and verifies as the RFC says', () => {
    expect(ed25519KeyPair(seed).publicKey).toEqual(publicKey);
    expect(ed25519Sign(seed, message)).toEqual(signature);
    expect(ed25519Verify(publicKey, message, signature)).toBe(true);
  });

  it('refuses another message, another key and a cut signature', () => {
    expect(ed25519Verify(publicKey, Buffer.from('73', 'hex'), signature)).toBe(false);
    expect(ed25519Verify(ed25519KeyPair().publicKey, message, signature)).toBe(false);
    expect(ed25519Verify(publicKey, message, signature.subarray(1))).toBe(false);
  });

  it('makes a new pair each time', () => {
    const pair = ed25519KeyPair();
    expect(pair.seed).toHaveLength(32);
    expect(pair.seed).not.toEqual(ed25519KeyPair().seed);
    expect(ed25519Verify(pair.publicKey, message, ed25519Sign(pair.seed, message))).toBe(true);
  });

  it('refuses keys of another length', () => {
    expect(() => ed25519Sign(Buffer.alloc(31), message)).toThrow('an Ed25519 key has 32 bytes, not 31');
    expect(() => ed25519Verify(Buffer.alloc(33), message, signature)).toThrow('not 33');
  });
});

describe('texts', () => {
  it('are the same only when every character is', () => {
    expect(sameText('', '')).toBe(true);
    expect(sameText('abc', 'abc')).toBe(true);
    expect(sameText('abc', 'abd')).toBe(false);
    expect(sameText('abc', 'abcd')).toBe(false);
  });

  it('are stored as SHA-256 when they are tokens', () => {
    // FIPS 180-2, appendix B.1.
    expect(hashToken('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});

describe('a bounded memory', () => {
  it('makes what it does not know, once, and forgets what was used longest ago', () => {
    const made: string[] = [];
    const memory = lru<string>(2);
    const ask = (key: string): string => memory.get(key, () => (made.push(key), key.toUpperCase()));
    expect([ask('a'), ask('b'), ask('a'), ask('c'), ask('a'), ask('b')]).toEqual(['A', 'B', 'A', 'C', 'A', 'B']);
    expect(made).toEqual(['a', 'b', 'c', 'b']);
  });

  it('remembers nothing of a failure', () => {
    const memory = lru<number>(2);
    expect(() => memory.get('a', () => { throw new Error('no'); })).toThrow('no');
    expect(memory.get('a', () => 1)).toBe(1);
  });
});
