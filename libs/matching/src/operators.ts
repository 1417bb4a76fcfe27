import { glob, globProblem } from './glob.ts';
import { isNestedWithin, jsonEqual } from './json.ts';
import { filterLimits } from './limits.ts';
import { regex, regexProblem } from './regex.ts';

/** A comparison of the value at a path (undefined when there is none) with the operand that the filter gives. */
export type Operator = {
  /** What is wrong with the operand, as a sentence, or null. */
  readonly problem: (operand: unknown) => string | null;
  readonly compile: (operand: never) => (value: unknown) => boolean;
};

/**
 * Nothing is coerced: values of different types are never equal and never in an order. A missing value meets no operator
 * but `$exist: false`, `$ne` and `$nin`, which hold exactly when `$exist: true`, `$eq` and `$in` do not. null is a value.
 * A list is one value: `$eq` compares it whole and in order, `$contains` looks for one element, an index in the path takes one out.
 * Texts are ordered by code unit, so RFC 3339 times of one offset are ordered in time.
 */
export const operators: Readonly<Record<string, Operator>> = {
  $eq: { problem: valueProblem, compile: equals },
  $ne: { problem: valueProblem, compile: (operand: unknown) => not(equals(operand)) },
  $gt: ordered((value, bound) => value > bound),
  $gte: ordered((value, bound) => value >= bound),
  $lt: ordered((value, bound) => value < bound),
  $lte: ordered((value, bound) => value <= bound),
  $in: { problem: listProblem, compile: oneOf },
  $nin: { problem: listProblem, compile: (operand: readonly unknown[]) => not(oneOf(operand)) },
  $exist: {
    problem: (operand) => (typeof operand === 'boolean' ? null : 'Give true or false.'),
    compile: (operand: boolean) => (value) => (value !== undefined) === operand,
  },
  $startsWith: onText(textProblem, (operand) => (text) => text.startsWith(operand)),
  $endsWith: onText(textProblem, (operand) => (text) => text.endsWith(operand)),
  $contains: { problem: (operand) => (typeof operand === 'string' ? textProblem(operand) : valueProblem(operand)), compile: contains },
  $glob: onText(globProblem, (operand) => glob(operand).matches),
  $regex: onText(regexProblem, regex),
};

/** What a person should know beside the value when this operator did not hold for it; or null. */
export function limitNote(operator: string, value: unknown): string | null {
  const limit = operator === '$regex' ? filterLimits.regexTextChars : operator === '$glob' ? filterLimits.globTextChars : Infinity;
  return typeof value === 'string' && value.length > limit ? ` (${operator} is not tried on texts of more than ${limit} characters)` : null;
}

type Test = (value: unknown) => boolean;

function not(test: Test): Test {
  return (value) => !test(value);
}

function equals(operand: unknown): Test {
  return typeof operand === 'object' && operand !== null ? (value) => jsonEqual(operand, value) : (value) => value === operand;
}

function oneOf(operand: readonly unknown[]): Test {
  const scalars = new Set(operand.filter((one) => typeof one !== 'object' || one === null));
  const others = operand.filter((one) => typeof one === 'object' && one !== null).map(equals);
  return (value) => scalars.has(value) || others.some((equalsOne) => equalsOne(value));
}

function contains(operand: unknown): Test {
  const isElement = equals(operand);
  return (value) => {
    if (typeof value === 'string') return typeof operand === 'string' && value.includes(operand);
    return Array.isArray(value) && value.some(isElement);
  };
}

function ordered(holds: (value: string | number, bound: string | number) => boolean): Operator {
  return {
    problem: (operand) => (typeof operand === 'string' ? lengthProblem(operand) : typeof operand === 'number' ? null : 'Give a number or a text.'),
    compile: (bound: string | number) => {
      const type = typeof bound;
      return (value) => typeof value === type && holds(value as string | number, bound);
    },
  };
}

function onText(problem: (operand: string) => string | null, compile: (operand: string) => (text: string) => boolean): Operator {
  return {
    problem: (operand) => (typeof operand === 'string' ? problem(operand) : 'Give a text.'),
    compile: (operand: string) => {
      const test = compile(operand);
      return (value) => typeof value === 'string' && test(value);
    },
  };
}

function textProblem(operand: string): string | null {
  return operand === '' ? 'The text must not be empty.' : lengthProblem(operand);
}

function lengthProblem(operand: string): string | null {
  return operand.length > filterLimits.textChars ? `A text has at most ${filterLimits.textChars} characters.` : null;
}

function valueProblem(operand: unknown): string | null {
  return isNestedWithin(operand, filterLimits.depth) ? null : `A value is nested at most ${filterLimits.depth} deep.`;
}

function listProblem(operand: unknown): string | null {
  if (!Array.isArray(operand) || operand.length === 0) return 'Give a list of at least one value.';
  if (operand.length > filterLimits.listValues) return `A list has at most ${filterLimits.listValues} values.`;
  return valueProblem(operand);
}
