import { formatKeyring, hasKeyFor, newPrivateKey, parseKeyring, publicKeyOf, secretProblem } from './keyring.ts';

const secret = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;

describe('a keyring', () => {
  it('reads back what was written, with either key or both', () => {
    const privateKey = newPrivateKey();
    for (const keyring of [{ secret }, { privateKey }, { secret, privateKey }, {}]) expect(parseKeyring(formatKeyring(keyring))).toEqual(keyring);
    expect(hasKeyFor({ secret }, 'v1')).toBe(true);
    expect(hasKeyFor({ secret }, 'v1a')).toBe(false);
  });

  it('shows the public half of a private key', () => {
    // RFC 8032, 7.1, test 2.
    const seed = Buffer.from('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb', 'hex');
    const publicKey = Buffer.from('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c', 'hex');
    expect(publicKeyOf(newPrivateKey(seed))).toBe(`whpk_${publicKey.toString('base64')}`);
  });
});

describe('a secret that a client gives', () => {
  it.each([24, 32, 64])('may have %i bytes', (bytes) => {
    expect(secretProblem(`whsec_${Buffer.alloc(bytes, 9).toString('base64')}`)).toBeNull();
  });

  it.each([
    [`whsec_${Buffer.alloc(23).toString('base64')}`, 'A secret has 24 to 64 bytes, this one has 23.'],
    [`whsec_${Buffer.alloc(65).toString('base64')}`, 'A secret has 24 to 64 bytes, this one has 65.'],
    ['MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'A secret begins with whsec_.'],
    ['whsec_not base64 at all, not at all!', 'Behind whsec_ stands base64, with its padding.'],
    [`whsec_${Buffer.alloc(24).toString('base64')} `, 'Behind whsec_ stands base64, with its padding.'],
    ['', 'A secret begins with whsec_.'],
  ])('cannot be %p', (given, reason) => {
    expect(secretProblem(given)).toBe(reason);
  });
});
