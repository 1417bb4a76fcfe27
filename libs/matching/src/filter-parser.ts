import type { FieldProblem } from '@hookyard/event-schemas';
import { canonical, isObject } from './json.ts';
import { filterLimits } from './limits.ts';
import { operators } from './operators.ts';
import { readPath, type Path } from './path.ts';

/** A filter as a tree. The order of parts is that of their keys, so that the same conditions are the same tree. */
export type FilterNode =
  | { readonly kind: 'all' | 'any'; readonly parts: readonly FilterNode[] }
  | { readonly kind: 'none'; readonly part: FilterNode }
  | { readonly kind: 'check'; readonly path: Path; readonly operator: string; readonly operand: unknown };

/** Problems are collected, not thrown: the tree is sound only when there are none. */
export type ParsedTree = { readonly tree: FilterNode; readonly problems: readonly FieldProblem[] };

export function parseTree(input: unknown, fieldPrefix: string): ParsedTree {
  const problems: FieldProblem[] = [];
  let conditions = 0;
  const report = (field: string, code: string, reason: string): FilterNode => {
    if (problems.length < filterLimits.problems) problems.push({ field, code, reason });
    return nothing;
  };

  /** `path` is given inside a field's condition: there the keys are operators, else paths. */
  const parseObject = (value: unknown, place: Place): FilterNode => {
    if (place.depth > filterLimits.depth) return report(place.field, 'too_deep', `Conditions are nested at most ${filterLimits.depth} deep.`);
    if (!isObject(value)) return report(place.field, 'invalid_filter', 'Give an object of conditions.');
    const keys = Object.keys(value);
    if (place.path !== undefined && keys.length === 0) return report(place.field, 'invalid_filter', 'Give at least one operator; an object as a value goes into `$eq`.');
    return all(keys.map((key) => parseEntry(key, value[key], { ...place, field: join(place.field, key), depth: place.depth + 1 })));
  };

  const parseEntry = (key: string, value: unknown, place: Place): FilterNode => {
    if (key === '$and' || key === '$or') return parseList(key, value, place);
    if (key === '$not') return { kind: 'none', part: parsePart(value, place) };
    if (place.path !== undefined) return parseCheck(place.path, key, value, place.field);
    if (key.startsWith('$')) return report(place.field, 'unknown_operator', 'Only `$and`, `$or` and `$not` stand without a path.');
    const path = readPath(key);
    if (typeof path === 'string') return report(place.field, 'invalid_path', path);
    return parsePart(value, { ...place, path });
  };

  const parseList = (key: '$and' | '$or', value: unknown, place: Place): FilterNode => {
    if (!Array.isArray(value) || value.length === 0) return report(place.field, 'invalid_filter', 'Give a list of at least one filter.');
    if (value.length > filterLimits.conditions) return report(place.field, 'too_many_conditions', `A list has at most ${filterLimits.conditions} filters.`);
    const parts = value.map((part: unknown, at) => parsePart(part, { ...place, field: `${place.field}[${at}]` }));
    return key === '$and' ? all(parts) : any(parts);
  };

  const parsePart = (value: unknown, place: Place): FilterNode => {
    const isLiteral = place.path !== undefined && !isObject(value);
    return isLiteral && place.path !== undefined ? parseCheck(place.path, '$eq', value, place.field) : parseObject(value, place);
  };

  const parseCheck = (path: Path, name: string, operand: unknown, field: string): FilterNode => {
    conditions += 1;
    if (conditions > filterLimits.conditions) return nothing;
    const operator = Object.hasOwn(operators, name) ? operators[name] : undefined;
    if (operator === undefined) return report(field, 'unknown_operator', unknownOperator(path, name));
    const problem = operator.problem(operand);
    if (problem !== null) return report(field, 'invalid_operand', `${name}: ${problem}`);
    return { kind: 'check', path, operator: name, operand: canonical(operand) };
  };

  const tree = parseObject(input, { field: fieldPrefix, depth: 1 });
  if (conditions > filterLimits.conditions) report(fieldPrefix, 'too_many_conditions', `A filter has at most ${filterLimits.conditions} conditions.`);
  if (problems.length === 0 && keyOf(tree).length > filterLimits.filterChars) report(fieldPrefix, 'too_long', `A filter has at most ${filterLimits.filterChars} characters.`);
  return { tree, problems };
}

/** Equal for filters that say the same, whatever the order of their keys and conditions. */
export function keyOf(node: FilterNode): string {
  switch (node.kind) {
    case 'all':
    case 'any':
      return `["$${node.kind === 'all' ? 'and' : 'or'}",${node.parts.map(keyOf).join(',')}]`;
    case 'none':
      return `["$not",${keyOf(node.part)}]`;
    case 'check':
      return JSON.stringify([node.path.text, node.operator, node.operand]);
  }
}

type Place = { readonly field: string; readonly depth: number; readonly path?: Path };

const nothing: FilterNode = { kind: 'all', parts: [] };

function all(parts: readonly FilterNode[]): FilterNode {
  return parts.length === 1 ? (parts[0] as FilterNode) : { kind: 'all', parts: inKeyOrder(parts) };
}

function any(parts: readonly FilterNode[]): FilterNode {
  return parts.length === 1 ? (parts[0] as FilterNode) : { kind: 'any', parts: inKeyOrder(parts) };
}

function inKeyOrder(parts: readonly FilterNode[]): readonly FilterNode[] {
  return parts
    .map((part) => ({ part, key: keyOf(part) }))
    .sort((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0))
    .map(({ part }) => part);
}

function join(field: string, key: string): string {
  return field === '' ? key : `${field}.${key}`;
}

function unknownOperator(path: Path, name: string): string {
  if (!name.startsWith('$')) return `An object as a value goes into \`$eq\`; to look inside, write \`${path.text}.${name}\` as the path.`;
  return `There is no operator ${name}. There are ${[...Object.keys(operators), '$and', '$or', '$not'].join(' ')}.`;
}
