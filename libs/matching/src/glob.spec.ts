import { glob, globProblem } from './glob.ts';

const matches = (pattern: string, text: string) => glob(pattern).matches(text);

describe('a glob', () => {
  it.each([
    ['refs/heads/main', 'refs/heads/main', true],
    ['refs/heads/main', 'refs/heads/mainx', false],
    ['refs/heads/*', 'refs/heads/feature/x', true],
    ['refs/heads/*', 'refs/heads/', true],
    ['refs/heads/*', 'refs/tags/x', false],
    ['*', '', true],
    ['*/v?', 'refs/tags/v1', true],
    ['*/v?', 'refs/tags/v10', false],
    ['a?c', 'a/c', true],
    ['a?c', 'a😀c', true],
    ['*abc', 'ababc', true],
    ['*a*b*', 'xxaxxbxx', true],
    ['a*b*c', 'acb', false],
    ['[abc]', 'b', true],
    ['[abc]', 'd', false],
    ['[a-c]x', 'bx', true],
    ['[!a-c]x', 'bx', false],
    ['[!a-c]x', 'dx', true],
    ['[]]', ']', true],
    ['[!]]', ']', false],
    ['[!]]', 'a', true],
    ['[a-]', '-', true],
    ['[-a]', '-', true],
    ['[z-a]', 'm', false],
    ['[!z-a]', 'm', true],
    ['[^a]', '^', true],
    ['[^a]', 'b', false],
    ['[a', '[a', true],
    ['[*]', '*', true],
    ['[*]', 'x', false],
    ['\\*', '\\x', true],
    ['Main', 'main', false],
    ['a*', 'a\nb', true],
  ])('%s against %j: %s', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });

  it('knows what it begins with, and whether it is a plain text', () => {
    expect(glob('refs/heads/*')).toMatchObject({ prefix: 'refs/heads/', literal: null });
    expect(glob('refs/heads/main')).toMatchObject({ prefix: 'refs/heads/main', literal: 'refs/heads/main' });
  });

  it('is compiled once for each pattern', () => {
    expect(glob('x*y*z')).toBe(glob('x*y*z'));
  });

  it('stays fast on a pattern made to blow up', () => {
    const began = performance.now();
    expect(matches(`${'*a'.repeat(100)}*b`, 'a'.repeat(10_000))).toBe(false);
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it('does not match texts beyond the limit', () => {
    expect(matches('*', 'x'.repeat(16_385))).toBe(false);
  });

  it('is refused when it is empty or too long', () => {
    expect(globProblem('')).toMatch(/empty/);
    expect(globProblem('x'.repeat(257))).toMatch(/256/);
    expect(globProblem('[')).toBeNull();
  });
});
