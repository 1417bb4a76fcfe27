export { parseFilter, requireFilter, type Filter, type ParsedFilter } from './filter.ts';
export { glob, globProblem, type Glob } from './glob.ts';
export { bounded } from './json.ts';
export { filterLimits } from './limits.ts';
export { matchIndex, type MatchIndex, type MatchIndexOptions, type WebhookVerdict } from './match-index.ts';
export { matchableEvent } from './matchable-event.ts';
export { regex, regexProblem, type Regex } from './regex.ts';
export { matchesType, typePatternProblem } from './type-pattern.ts';
export type * from './types.ts';
