import { isSoftDeleted, retentionOf, truncatedBefore, withRetention } from './stream-metadata.ts';

describe('the metadata of a stream', () => {
  it('tells ages in seconds, rounded up, and gives them back as they went in', () => {
    const stored = withRetention({}, { maxAgeMs: 1_500, maxCount: 3 });
    expect(stored).toMatchObject({ $maxAge: 2, $maxCount: 3 });
    expect(retentionOf(stored)).toEqual({ maxAgeMs: 1_500, maxCount: 3 });
    expect(retentionOf(withRetention(stored, {}))).toEqual({});
  });

  it('is what others made of it since', () => {
    expect(retentionOf({ ...withRetention({}, { maxAgeMs: 1_500 }), $maxAge: 60 })).toEqual({ maxAgeMs: 60_000 });
    expect(retentionOf({ $maxAge: 60, $maxCount: 5 })).toEqual({ maxAgeMs: 60_000, maxCount: 5 });
  });

  it('keeps what is not ours', () => {
    const others = { $acl: { $r: 'ops' }, $tb: 4, owner: 'billing' };
    expect(withRetention(others, { maxCount: 1 })).toEqual({ ...others, $maxCount: 1 });
    expect(truncatedBefore({ ...others, $maxCount: 1 }, 9)).toEqual({ ...others, $maxCount: 1, $tb: 9 });
  });

  it('takes no limit that the server would refuse', () => {
    for (const limit of [0, -1, 1.5, NaN]) expect(() => withRetention({}, { maxCount: limit })).toThrow(/maxCount/);
    expect(() => withRetention({}, { maxAgeMs: 0 })).toThrow(/maxAgeMs/);
  });

  it('shows the mark of a soft deletion, which no number can carry back', () => {
    expect(isSoftDeleted(JSON.parse('{"$tb":9223372036854775807}') as object as Record<string, unknown>)).toBe(true);
    expect(isSoftDeleted({ $tb: 12 })).toBe(false);
    expect(isSoftDeleted({})).toBe(false);
  });
});
