import { SealError, isSealed, secretBox } from './secret-box.ts';

const key = Buffer.alloc(32, 1);
const otherKey = Buffer.alloc(32, 2);

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof SealError) return error.code;
    throw error;
  }
  return 'nothing thrown';
}

describe('a secret box', () => {
  it.each(['', 'whsec_abc', 'ключ 🔑', 'x'.repeat(10_000)])('opens what it sealed', (plain) => {
    const sealed = secretBox(key).seal(plain);
    expect(secretBox(key).open(sealed)).toBe(plain);
  });

  it('writes the documented form, with the key named and the text hidden', () => {
    const sealed = secretBox(key, () => Buffer.alloc(12, 7)).seal('whsec_abc');
    expect(sealed).toMatch(/^v1\.[0-9a-f]{16}\.[A-Za-z0-9_-]+$/);
    const bytes = Buffer.from(sealed.split('.')[2] ?? '', 'base64url');
    expect(bytes).toHaveLength(12 + 'whsec_abc'.length + 16);
    expect(bytes.subarray(0, 12)).toEqual(Buffer.alloc(12, 7));
    expect(bytes.toString('latin1')).not.toContain('whsec_abc');
    expect(isSealed(sealed)).toBe(true);
  });

  it('seals the same text differently each time', () => {
    const box = secretBox(key);
    expect(box.seal('a')).not.toBe(box.seal('a'));
  });

  it('refuses what another key sealed, and says which key is missing', () => {
    const sealed = secretBox(key).seal('a');
    expect(codeOf(() => secretBox(otherKey).open(sealed))).toBe('unknown_key');
    expect(() => secretBox(otherKey).open(sealed)).toThrow(sealed.split('.')[1]);
  });

  it('refuses every value of which one character was changed', () => {
    const sealed = secretBox(key).seal('whsec_abc');
    const bytes = Buffer.from(sealed.split('.')[2] ?? '', 'base64url');
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      const forged = [...sealed.split('.').slice(0, 2), changed.toString('base64url')].join('.');
      expect(codeOf(() => secretBox(key).open(forged))).toBe('tampered');
    }
  });

  it('refuses a value relabelled to another key it holds', () => {
    const [, otherId] = secretBox(otherKey).seal('a').split('.');
    const [version, , bytes] = secretBox(key).seal('a').split('.');
    expect(codeOf(() => secretBox({ current: key, previous: [otherKey] }).open(`${version}.${otherId}.${bytes}`))).toBe('tampered');
  });

  it.each(['', 'plain', 'v1.zz.zz', 'v2.0011223344556677.AAAA'])('refuses %p as not sealed', (text) => {
    expect(codeOf(() => secretBox(key).open(text))).toBe('malformed');
    expect(isSealed(text)).toBe(false);
  });

  it('opens old values and seals new ones under the new key while the master key is changed', () => {
    const old = secretBox(key).seal('a');
    const box = secretBox({ current: otherKey, previous: [key] });
    expect(box.open(old)).toBe('a');
    expect(secretBox(otherKey).open(box.seal('b'))).toBe('b');
  });

  it('keeps opening correctly beyond what it remembers', () => {
    const box = secretBox(key);
    const sealed = Array.from({ length: 10_010 }, (_, index) => box.seal(String(index)));
    expect(sealed.map((value) => box.open(value))).toEqual(sealed.map((_, index) => String(index)));
    expect(box.open(sealed[0] ?? '')).toBe('0');
  });

  it('refuses a master key of another length', () => {
    expect(() => secretBox(Buffer.alloc(16))).toThrow('a master key has 32 bytes, not 16');
  });
});
