import { filterLimits } from './limits.ts';
import { memo } from './memo.ts';

/**
 * A glob over a whole text, case-sensitive, with the rules of Python's fnmatch: `*` is any run of characters (also `/`
 * and none), `?` one character, `[abc]` and `[a-z]` one of a set, `[!abc]` one outside it. In a set, `]` is literal when
 * it is first and `-` at either end; a reversed range is empty; `^` is no negation. An unclosed `[` is literal.
 * Nothing escapes: write `[*]` for a star. https://docs.python.org/3/library/fnmatch.html
 */
export type Glob = {
  readonly matches: (text: string) => boolean;
  /** What every match begins with. */
  readonly prefix: string;
  /** The only text that matches, when there is just one. */
  readonly literal: string | null;
};

/** Compiled once for each distinct pattern. Time to match is at worst pattern length × text length. */
export const glob: (pattern: string) => Glob = memo(10_000, compile);

/** What is wrong with a glob, as a sentence, or null. Any text is a glob; only its length is limited. */
export function globProblem(pattern: string): string | null {
  if (pattern.length === 0) return 'A pattern must not be empty.';
  return pattern.length > filterLimits.globChars ? `A pattern has at most ${filterLimits.globChars} characters.` : null;
}

type CharTest = (char: string) => boolean;
type Token = string | CharTest | typeof star;

const star = Symbol('*');

function compile(pattern: string): Glob {
  const tokens = tokenize([...pattern]);
  const firstOpen = tokens.findIndex((token) => typeof token !== 'string');
  if (firstOpen < 0) return { matches: (text) => text === pattern, prefix: pattern, literal: pattern };
  const prefix = tokens.slice(0, firstOpen).join('');
  const rest = tokens.slice(firstOpen);
  if (rest.length === 1 && rest[0] === star) return { matches: (text) => isShort(text) && text.startsWith(prefix), prefix, literal: null };
  return {
    matches: (text) => isShort(text) && text.startsWith(prefix) && matchTokens(rest, [...text.slice(prefix.length)]),
    prefix,
    literal: null,
  };
}

function isShort(text: string): boolean {
  return text.length <= filterLimits.globTextChars;
}

/** Only the latest star is ever tried again: an earlier one could not do better. So no blow-up, whatever the pattern. */
function matchTokens(tokens: readonly Token[], chars: readonly string[]): boolean {
  let token = 0;
  let at = 0;
  let lastStar = -1;
  let starAt = 0;
  while (at < chars.length) {
    const wanted = tokens[token];
    if (wanted === star) {
      lastStar = token;
      starAt = at;
      token += 1;
    } else if (accepts(wanted, chars[at] as string)) {
      token += 1;
      at += 1;
    } else if (lastStar >= 0) {
      starAt += 1;
      at = starAt;
      token = lastStar + 1;
    } else return false;
  }
  while (tokens[token] === star) token += 1;
  return token === tokens.length;
}

function accepts(token: Token | undefined, char: string): boolean {
  return typeof token === 'function' ? token(char) : token === char;
}

function tokenize(pattern: readonly string[]): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern[at] as string;
    const close = char === '[' ? closingBracket(pattern, at) : -1;
    if (char === '*') {
      if (tokens.at(-1) !== star) tokens.push(star);
    } else if (char === '?') tokens.push(() => true);
    else if (close > 0) {
      tokens.push(charSet(pattern.slice(at + 1, close)));
      at = close;
    } else tokens.push(char);
  }
  return tokens;
}

function closingBracket(pattern: readonly string[], open: number): number {
  const first = pattern[open + 1] === '!' ? open + 2 : open + 1;
  return pattern.indexOf(']', first + 1);
}

function charSet(inside: readonly string[]): CharTest {
  const negated = inside[0] === '!';
  const chars = negated ? inside.slice(1) : inside;
  const singles = new Set<string>();
  const ranges: (readonly [from: number, to: number])[] = [];
  for (let at = 0; at < chars.length; at += 1) {
    const char = chars[at] as string;
    const to = chars[at + 1] === '-' ? chars[at + 2] : undefined;
    if (to === undefined) singles.add(char);
    else {
      ranges.push([codeOf(char), codeOf(to)]);
      at += 2;
    }
  }
  return (char) => (singles.has(char) || ranges.some(([from, to]) => from <= codeOf(char) && codeOf(char) <= to)) !== negated;
}

function codeOf(char: string): number {
  return char.codePointAt(0) as number;
}
