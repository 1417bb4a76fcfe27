/**
 * What a filter may cost. A filter beyond a limit is refused when it is written, with the limit in the reason;
 * the two limits on tested text apply when an event is matched, and then there is no match.
 */
export const filterLimits = {
  /** Nesting of `$and`, `$or`, `$not`, and of lists and objects in a value. */
  depth: 10,
  /** Comparisons in one filter. */
  conditions: 100,
  /** Values of one `$in` or `$nin`. */
  listValues: 1_000,
  /** Characters of the whole filter as canonical JSON. */
  filterChars: 65_536,
  pathChars: 256,
  pathParts: 20,
  /** Characters of a text given to `$startsWith`, `$endsWith`, `$contains`. */
  textChars: 1_024,
  globChars: 256,
  regexChars: 256,
  /**
   * Instructions of the compiled regular expression, so that `x{900}` does not pass as a short one. Time is at worst
   * instructions × characters tested: measured 80 ns for each pair, so these limits mean 0.1 s for the most hostile pair.
   */
  regexInstructions: 300,
  /** Characters of the longest text that `$regex` is tried on. */
  regexTextChars: 4_096,
  /** Characters of the longest text that a glob is tried on. */
  globTextChars: 16_384,
  typePatternChars: 256,
  /** Problems listed for one filter. */
  problems: 100,
} as const;
