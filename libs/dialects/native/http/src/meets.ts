import type { FieldProblem } from '@hookyard/event-schemas';
import { registerDecorator, ValidateIf, type ValidationArguments } from 'class-validator';

/** A rule of the dialect, or one that looks at the rest of the request too. */
export type RequestRule = (value: unknown, field: string, request: object) => readonly FieldProblem[];

// The codes of the dialect's rules; those of a filter are many and count as one.
const codes = ['required', 'invalid_type', 'invalid_format', 'too_long', 'too_few', 'too_many', 'out_of_range', 'duplicate', 'not_allowed', 'invalid'] as const;
type Code = (typeof codes)[number];

/**
 * Holds a field of a request class to a rule of the dialect, so that each rule is written once. class-validator knows a
 * rule by one name with one message; so that the answer names the code that was broken, it is registered under each.
 */
export function Meets(rule: RequestRule): PropertyDecorator {
  return (target, propertyName) => {
    const field = String(propertyName);
    for (const code of codes) {
      const broken = ({ value, object }: Pick<ValidationArguments, 'value' | 'object'>): readonly FieldProblem[] =>
        rule(value, field, object).filter((problem) => codeOf(problem) === code);
      registerDecorator({
        name: code,
        target: target.constructor,
        propertyName: field,
        validator: {
          validate: (value: unknown, args) => broken({ value, object: args?.object ?? {} }).length === 0,
          defaultMessage: (args) => (args === undefined ? '' : broken(args).map((problem) => sentence(problem, field)).join(' ')),
        },
      });
    }
  };
}

/** The field may be left out; null is not the same. */
export const MayBeAbsent = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

function codeOf({ code }: FieldProblem): Code {
  return codes.find((known) => known === code) ?? 'invalid';
}

function sentence({ field, reason }: FieldProblem, property: string): string {
  return field === property ? reason : `${field}: ${reason}`;
}
