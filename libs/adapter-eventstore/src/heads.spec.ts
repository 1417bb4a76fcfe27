import { heads } from './heads.ts';

describe('a repeat', () => {
  it('is answered with a position that was known before it was sent', () => {
    const known = heads();
    known.saw(100);
    const [fresh, old] = [known.begin(), known.begin()];
    expect(fresh.isRepeat(101)).toBe(false);
    expect(old.isRepeat(40)).toBe(true);
    expect(known.begin().isRepeat(101)).toBe(true);
  });

  it('is not what was sent twice because an answer was lost, though the position has been shown since', () => {
    const known = heads();
    const append = known.begin();
    known.saw(7);
    expect(append.isRepeat(7)).toBe(false);
  });

  it('is the second of two that were sent at the same time', () => {
    const known = heads();
    const both = [known.begin(), known.begin()];
    expect(both.map((each) => each.isRepeat(5))).toEqual([false, true]);
  });

  it('is recognised beside one that takes very long, among very many', () => {
    const known = heads();
    const slow = known.begin();
    for (let position = 0; position < 5_000; position += 1) {
      const quick = known.begin();
      expect(quick.isRepeat(position)).toBe(false);
      quick.end();
    }
    expect(slow.isRepeat(17)).toBe(true);
    slow.end();
    expect(known.begin().isRepeat(4_999)).toBe(true);
    expect(known.begin().isRepeat(5_000)).toBe(false);
  });
});
