import { RE2JS, RE2JSException } from 're2js';
import { filterLimits } from './limits.ts';
import { memo } from './memo.ts';

/** Whether the expression is found anywhere in the text (anchor with `^` and `$`). Longer texts than the limit: no match. */
export type Regex = (text: string) => boolean;

type Compiled = { readonly regex: Regex } | { readonly problem: string };

/** RE2 syntax (https://github.com/google/re2/wiki/Syntax), time linear in the text. Throws when `regexProblem` names one. */
export function regex(source: string): Regex {
  const compiled = compiledOf(source);
  if ('problem' in compiled) throw new Error(compiled.problem);
  return compiled.regex;
}

/** What is wrong with a regular expression, as a sentence, or null. */
export function regexProblem(source: string): string | null {
  if (source.length > filterLimits.regexChars) return `A regular expression has at most ${filterLimits.regexChars} characters.`;
  const compiled = compiledOf(source);
  return 'problem' in compiled ? compiled.problem : null;
}

const compiledOf = memo(10_000, compile);

function compile(source: string): Compiled {
  try {
    const compiled = RE2JS.compile(source);
    if (compiled.programSize() > filterLimits.regexInstructions) return { problem: 'The regular expression is too large; use smaller repetitions.' };
    return { regex: (text) => text.length <= filterLimits.regexTextChars && compiled.test(text) };
  } catch (error) {
    if (error instanceof RE2JSException) return { problem: `Not a regular expression of RE2: ${error.message}.` };
    throw error;
  }
}
