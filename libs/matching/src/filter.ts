import { Fault, type FieldProblem } from '@hookyard/event-schemas';
import { keyOf, parseTree, type FilterNode } from './filter-parser.ts';
import { bounded, cut, show } from './json.ts';
import { limitNote, operators, type Operator } from './operators.ts';
import type { MatchableEvent, Predicate, Reason } from './types.ts';

/** A filter ready to be asked. Filters that say the same have the same key. */
export type Filter = Required<Predicate>;

export type ParsedFilter =
  | { readonly ok: true; readonly filter: Filter }
  | { readonly ok: false; readonly problems: readonly FieldProblem[] };

/**
 * Reads a filter: an object whose keys are paths (see `readPath`) and whose values are a literal (which means `$eq`)
 * or an object of operators (see `operators`), all of which must hold; `$and`, `$or`, `$not` combine filters, and
 * conditions of one path. `{}` holds for every event. Every problem is listed at once, its field beginning with `fieldPrefix`.
 */
export function parseFilter(input: unknown, fieldPrefix = 'filter'): ParsedFilter {
  const { tree, problems } = parseTree(input, fieldPrefix);
  if (problems.length > 0) return { ok: false, problems };
  const compiled = compile(tree);
  const test: Filter['test'] = (event) => (compiled.holds(event) ? { matched: true } : { matched: false, reason: reasonOf(compiled.unmet(event)) });
  return { ok: true, filter: { key: `filter:${keyOf(tree)}`, holds: compiled.holds, test } };
}

/** The same for a filter that has been checked before: throws `Fault('invalid_request')` with every problem. */
export function requireFilter(input: unknown, fieldPrefix = 'filter'): Filter {
  const parsed = parseFilter(input, fieldPrefix);
  if (!parsed.ok) throw new Fault('invalid_request', { problems: parsed.problems });
  return parsed.filter;
}

/** What did not hold: asked only when `holds` answered false. */
type Unmet = { readonly condition: string; readonly actual?: unknown; readonly because: string };

type Compiled = {
  readonly text: () => string;
  readonly holds: (event: MatchableEvent) => boolean;
  readonly unmet: (event: MatchableEvent) => Unmet;
};

function compile(node: FilterNode): Compiled {
  switch (node.kind) {
    case 'all':
      return compileAll(node.parts.map(compile));
    case 'any':
      return compileAny(node.parts.map(compile));
    case 'none':
      return compileNot(node.part);
    case 'check':
      return compileCheck(node);
  }
}

function compileAll(parts: readonly Compiled[]): Compiled {
  return {
    text: () => `$and (${textsOf(parts)})`,
    holds: (event) => parts.every((part) => part.holds(event)),
    unmet: (event) => (parts.find((part) => !part.holds(event)) as Compiled).unmet(event),
  };
}

function compileAny(parts: readonly Compiled[]): Compiled {
  const text = (): string => `$or (${textsOf(parts)})`;
  return {
    text,
    holds: (event) => parts.some((part) => part.holds(event)),
    unmet: (event) => {
      const first = (parts[0] as Compiled).unmet(event);
      return { ...first, condition: text(), because: `None of ${parts.length} alternatives holds; of the first: ${first.because}` };
    },
  };
}

function compileNot(node: FilterNode): Compiled {
  const part = compile(node);
  return {
    text: () => `$not (${part.text()})`,
    holds: (event) => !part.holds(event),
    unmet: (event) => ({
      condition: `$not (${part.text()})`,
      ...(node.kind === 'check' ? actualOf(node.path.read(event)) : {}),
      because: `\`${cut(part.text())}\` holds and must not.`,
    }),
  };
}

function compileCheck({ path, operator, operand }: Extract<FilterNode, { kind: 'check' }>): Compiled {
  const test = (operators[operator] as Operator).compile(operand as never);
  const { read } = path;
  const text = (): string => `${path.text} ${operator} ${show(operand)}`;
  return {
    text,
    holds: (event) => test(read(event)),
    unmet: (event) => {
      const value = read(event);
      const found = value === undefined ? 'is missing' : `is ${show(value)}`;
      const note = limitNote(operator, value);
      return { condition: text(), ...actualOf(value), because: `\`${path.text}\` ${found}, asked is ${operator} ${show(operand)}${note ?? ''}.` };
    },
  };
}

function textsOf(parts: readonly Compiled[]): string {
  return parts.map((part) => part.text()).join(', ');
}

function actualOf(value: unknown): { readonly actual?: unknown } {
  return value === undefined ? {} : { actual: bounded(value) };
}

function reasonOf({ condition, because, ...actual }: Unmet): Reason {
  return { code: 'filter_not_matched', condition: cut(condition), ...actual, message: because };
}
