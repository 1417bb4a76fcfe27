import { differences } from './differences.ts';
import { readIfMatch, requireMatch } from './etag.ts';
import { mergePatch } from './merge-patch.ts';

describe('a merge patch', () => {
  // RFC 7396, appendix A.
  it.each<[unknown, unknown, unknown]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }], [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }], [{ a: 'b' }, { a: null }, {}], [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }], [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }], [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }], [['a', 'b'], ['c', 'd'], ['c', 'd']], [{ a: 'b' }, ['c'], ['c']], [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'], [{ e: null }, { a: 1 }, { e: null, a: 1 }], [[1, 2], { a: 'b', c: null }, { a: 'b' }], [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('of %j by %j is %j', (target, patch, merged) => {
    expect(mergePatch(target, patch)).toEqual(merged);
  });
});

describe('differences', () => {
  it('are told field by field, added and removed ones too, lists whole', () => {
    expect(differences({ same: 1, a: { b: 1, gone: 2 }, list: [1] }, { same: 1, a: { b: 2 }, list: [1, 2], added: false })).toEqual([
      { field: 'a.b', from: 1, to: 2 }, { field: 'a.gone', from: 2 }, { field: 'added', to: false }, { field: 'list', from: [1], to: [1, 2] },
    ]);
  });

  it('are none between equals, whatever the order of fields', () => {
    expect(differences({ a: 1, b: { c: [] } }, { b: { c: [] }, a: 1 })).toEqual([]);
  });
});

describe('If-Match', () => {
  const passes = (header: string | undefined, revision: number) => {
    try {
      requireMatch(readIfMatch(header), revision);
      return true;
    } catch {
      return false;
    }
  };

  it.each<[string | undefined, boolean]>([
    [undefined, true], ['*', true], ['"7"', true], ['"6", "7"', true], ['"6"', false], ['W/"7"', false], ['"other"', false], ['', false], ['7', false], ['"07x"', false],
    ['"6",, "7",', true], ['"6,7"', false], ['"07"', false], ['*, "7"', false], ['"7" "7"', false],
  ])('%p at revision 7: %p', (header, expected) => {
    expect(passes(header, 7)).toBe(expected);
  });
});
