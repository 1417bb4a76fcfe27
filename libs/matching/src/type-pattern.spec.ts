import { disjointTypes, matchesType, typePatternProblem } from './type-pattern.ts';

describe('an event type pattern', () => {
  it.each([
    ['order.created', 'order.created', true],
    ['order.created', 'order.created.v2', false],
    ['order.*', 'order.created', true],
    ['order.*', 'order.line.added', true],
    ['order.*', 'order', false],
    ['order.*', 'orders.created', false],
    ['*', 'anything', true],
  ])('%s against %s: %s', (pattern, type, expected) => {
    expect(matchesType(pattern, type)).toBe(expected);
  });

  it.each(['*', 'order.*', 'order.created', 'com.example/thing:v1'])('may be %s', (pattern) => {
    expect(typePatternProblem(pattern)).toBeNull();
  });

  it.each(['', 'or*', 'order.*.created', '.*', '**', 'order. created', 'x'.repeat(257)])('may not be %j', (pattern) => {
    expect(typePatternProblem(pattern)).toEqual(expect.any(String));
  });

  it('is dropped from a list when another one covers it', () => {
    expect(disjointTypes(['a.b', 'a.*', 'a.b.*', 'c', 'c'])).toEqual([
      { kind: 'prefix', prefix: 'a.' },
      { kind: 'exact', type: 'c' },
    ]);
    expect(disjointTypes(['a.*', '*', 'b'])).toEqual([{ kind: 'any' }]);
  });
});
