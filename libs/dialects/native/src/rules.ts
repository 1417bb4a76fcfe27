import type { FieldProblem } from '@hookyard/event-schemas';

/** What is wrong with the value of a field; empty when nothing is. Rules are asked about values that are present. */
export type Rule = (value: unknown, field: string) => readonly FieldProblem[];

export type Bounds = { readonly min: number; readonly max: number };

export function problem(field: string, code: string, reason: string): readonly FieldProblem[] {
  return [{ field, code, reason }];
}

export const sound: readonly FieldProblem[] = [];

/** Text within bounds, without control characters (line breaks and tabs only when `lines`), that passes a further check. */
export function text(bounds: Bounds, options: { readonly lines?: boolean; readonly check?: (value: string) => string | null } = {}): Rule {
  return (value, field) => {
    if (typeof value !== 'string') return problem(field, 'invalid_type', 'Give a text.');
    if (value.length < bounds.min) return problem(field, 'required', 'The text must not be empty.');
    if (value.length > bounds.max) return problem(field, 'too_long', `The text has at most ${grouped(bounds.max)} characters.`);
    if ((options.lines ? controlBeyondLines : control).test(value)) return problem(field, 'invalid_format', 'Control characters are not allowed.');
    const reason = options.check?.(value) ?? null;
    return reason === null ? sound : problem(field, 'invalid_format', reason);
  };
}

export function integer({ min, max }: Bounds): Rule {
  return (value, field) => {
    if (typeof value !== 'number' || !Number.isInteger(value)) return problem(field, 'invalid_type', 'Give a whole number.');
    return value < min || value > max ? problem(field, 'out_of_range', `The number lies between ${grouped(min)} and ${grouped(max)}.`) : sound;
  };
}

export function oneOf(...allowed: readonly string[]): Rule {
  return (value, field) =>
    typeof value === 'string' && allowed.includes(value) ? sound : problem(field, 'not_allowed', `Give one of ${allowed.join(', ')}.`);
}

/** A list within bounds, each of whose places passes the rule; `distinct` ones occur once. */
export function list(bounds: Bounds, place: Rule, options: { readonly distinct?: (value: unknown) => string } = {}): Rule {
  return (value, field) => {
    if (!Array.isArray(value)) return problem(field, 'invalid_type', 'Give a list.');
    if (value.length < bounds.min) return problem(field, 'too_few', `The list has at least ${bounds.min} ${bounds.min === 1 ? 'place' : 'places'}.`);
    if (value.length > bounds.max) return problem(field, 'too_many', `The list has at most ${bounds.max} places.`);
    const places = value as readonly unknown[];
    const wrong = places.flatMap((inner, at) => place(inner, `${field}[${at}]`));
    return wrong.length > 0 || options.distinct === undefined ? wrong : repeats(places.map(options.distinct), field);
  };
}

/** An object with these fields and no others. Those `required` must be there. */
export function object(fields: Readonly<Record<string, Rule>>, required: readonly string[]): Rule {
  return (value, field) => {
    if (!isRecord(value)) return problem(field, 'invalid_type', 'Give an object.');
    const inside = (name: string): string => (field === '' ? name : `${field}.${name}`);
    const missing = required.filter((name) => value[name] === undefined);
    return [
      ...missing.flatMap((name) => problem(inside(name), 'required', 'This field is required.')),
      ...Object.entries(value).flatMap(([name, given]) => {
        const rule = Object.hasOwn(fields, name) ? fields[name] : undefined;
        if (rule === undefined) return problem(inside(name), 'unknown_field', 'There is no such field.');
        return given === undefined ? sound : rule(given, inside(name));
      }),
    ];
  };
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const control = /\p{Cc}/u;
const controlBeyondLines = /(?![\n\r\t])\p{Cc}/u;

function repeats(names: readonly string[], field: string): readonly FieldProblem[] {
  return names.flatMap((name, at) => (names.indexOf(name) < at ? problem(`${field}[${at}]`, 'duplicate', 'This place repeats an earlier one.') : sound));
}

function grouped(value: number): string {
  return value.toLocaleString('en-US');
}
