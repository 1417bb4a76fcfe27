import { globProblem, parseFilter, typePatternProblem } from '@hookyard/matching';
import { problem, sound, type Rule } from './rules.ts';

function checked(check: (value: string) => string | null): Rule {
  return (value, field) => {
    if (typeof value !== 'string') return problem(field, 'invalid_type', 'Give a text.');
    const reason = check(value);
    return reason === null ? sound : problem(field, 'invalid_format', reason);
  };
}

export const eventTypeRule: Rule = checked(typePatternProblem);

export const subjectRule: Rule = checked(globProblem);

export const filterRule: Rule = (value, field) => {
  const parsed = parseFilter(value, field);
  return parsed.ok ? sound : parsed.problems;
};
