import { FairShare, type Sharer } from './fair-share.ts';
import { learn, type Pace, unknownPace, worthKeeping } from './pace.ts';

function member(name: string, isSluggish = false): Sharer & { readonly name: string } {
  return { name, isInLine: false, pace: { allowance: 8, averageMs: 10, isSluggish } };
}

describe('a fair share', () => {
  it('goes in turn', () => {
    const share = new FairShare<ReturnType<typeof member>>(10);
    const all = ['a', 'b', 'c'].map((name) => member(name));
    all.forEach((one) => share.line(one));
    const turns: (string | undefined)[] = [];
    for (let turn = 0; turn < 6; turn += 1) {
      const next = share.next();
      turns.push(next?.name);
      if (next !== undefined) share.line(next);
    }
    expect(turns).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
  });

  it('gives no more slots than there are, and a slot given back to the next', () => {
    const share = new FairShare<ReturnType<typeof member>>(2);
    const all = ['a', 'b', 'c'].map((name) => member(name));
    all.forEach((one) => share.line(one));
    const taken = [share.next(), share.next()].map((one) => one && [one.name, share.take(one)] as const);
    expect(taken.map((one) => one?.[0])).toEqual(['a', 'b']);
    // `next` alone takes no slot: it is asked after the slots were taken here.
    expect(share.taken).toBe(2);
    expect(share.next()).toBeUndefined();
    taken[0]?.[1]();
    expect(share.next()?.name).toBe('c');
  });

  it('leaves half of all slots to those that are quick', () => {
    const share = new FairShare<ReturnType<typeof member>>(8);
    const slow = Array.from({ length: 20 }, (_, n) => member(`slow${n}`, true));
    const started: string[] = [];
    const start = (): void => {
      for (let next = share.next(); next !== undefined; next = share.next()) {
        share.take(next);
        started.push(next.name);
      }
    };
    slow.forEach((one) => share.line(one));
    start();
    expect(started).toHaveLength(4);
    Array.from({ length: 20 }, (_, n) => member(`quick${n}`)).forEach((one) => share.line(one));
    start();
    expect(started.slice(4).every((name) => name.startsWith('quick'))).toBe(true);
    expect(share.taken).toBe(8);
  });

  it('gives the sluggish their turns while quick ones wait too', () => {
    const share = new FairShare<ReturnType<typeof member>>(4);
    const slow = member('slow', true);
    const quick = Array.from({ length: 10 }, (_, n) => member(`quick${n}`));
    [...quick, slow].forEach((one) => share.line(one));
    expect([share.next()?.name, share.next()?.name]).toContain('slow');
  });
});

describe('the pace of an endpoint', () => {
  const answered = { kind: 'responded', status: 200, headers: {}, body: '', bodyEncoding: 'utf8', bodyTruncated: false } as const;
  const silent = { kind: 'timed_out', stage: 'response', afterMs: 15_000 } as const;
  const after = (...attempts: readonly (readonly [outcome: typeof answered | typeof silent, durationMs: number])[]): Pace => {
    const pace = unknownPace(8);
    for (const [outcome, durationMs] of attempts) learn(pace, outcome, durationMs, 8);
    return pace;
  };

  it('begins carefully and grows with every answer', () => {
    expect(after().allowance).toBe(2);
    expect(after([answered, 5]).allowance).toBe(4);
    expect(after([answered, 5], [answered, 5], [answered, 5]).allowance).toBe(8);
  });

  it('shrinks to one request at a time when nobody answers, and comes back with the first answer', () => {
    expect(after([silent, 15_000], [silent, 15_000]).allowance).toBe(1);
    expect(after([silent, 15_000], [silent, 15_000], [answered, 5]).allowance).toBe(2);
    expect(after([silent, 15_000]).isSluggish).toBe(true);
  });

  it('says how many deliveries are worth keeping in memory: those that go out soon', () => {
    expect(worthKeeping(after(), 1_000, 500)).toBe(500);
    expect(worthKeeping(after([answered, 1], [answered, 1], [answered, 1]), 1_000, 500)).toBe(500);
    expect(worthKeeping(after([answered, 400], [answered, 400], [answered, 400]), 1_000, 500)).toBe(20);
    expect(worthKeeping(after([silent, 15_000], [silent, 15_000]), 1_000, 500)).toBe(1);
  });
});
