import { filterLimits } from './limits.ts';

/** What an event type pattern asks for. */
export type TypePattern =
  | { readonly kind: 'any' }
  | { readonly kind: 'exact'; readonly type: string }
  /** `order.*`: everything that begins with `order.`, at any depth, but not `order` itself. The prefix ends in its dot. */
  | { readonly kind: 'prefix'; readonly prefix: string };

export function readTypePattern(pattern: string): TypePattern {
  if (pattern === '*') return { kind: 'any' };
  if (pattern.endsWith('.*')) return { kind: 'prefix', prefix: pattern.slice(0, -1) };
  return { kind: 'exact', type: pattern };
}

/** What is wrong with a pattern, as a sentence, or null. */
export function typePatternProblem(pattern: string): string | null {
  if (pattern.length === 0) return 'An event type must not be empty.';
  if (pattern.length > filterLimits.typePatternChars) return `An event type has at most ${filterLimits.typePatternChars} characters.`;
  if (/[\s\p{Cc}]/u.test(pattern)) return 'An event type has no white space or control characters.';
  const star = pattern.indexOf('*');
  if (star < 0 || pattern === '*') return null;
  const isPrefix = star === pattern.length - 1 && pattern.length > 2 && pattern.endsWith('.*');
  return isPrefix ? null : 'A `*` stands alone, or at the end after a dot: `order.*`.';
}

export function matchesType(pattern: string, type: string): boolean {
  const read = readTypePattern(pattern);
  switch (read.kind) {
    case 'any':
      return true;
    case 'exact':
      return read.type === type;
    case 'prefix':
      return type.startsWith(read.prefix);
  }
}

/** The same patterns without those that another one covers: then a type is met by at most one of them. */
export function disjointTypes(patterns: readonly string[]): readonly TypePattern[] {
  const distinct = [...new Set(patterns)];
  const needed = distinct.filter((pattern) => !distinct.some((other) => other !== pattern && covers(other, pattern)));
  return needed.map(readTypePattern);
}

function covers(other: string, pattern: string): boolean {
  const wide = readTypePattern(other);
  if (wide.kind === 'any') return true;
  if (wide.kind === 'exact') return false;
  const narrow = readTypePattern(pattern);
  if (narrow.kind === 'any') return false;
  return (narrow.kind === 'exact' ? narrow.type : narrow.prefix).startsWith(wide.prefix);
}
