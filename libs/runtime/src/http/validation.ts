import { Fault, type FieldProblem } from '@hookyard/event-schemas';
import { type ValidationError, ValidationPipe } from '@nestjs/common';

/** The one pipe: builds request classes and refuses what breaks a rule or is unknown, with every problem at once. */
export function validationPipe(): ValidationPipe {
  return new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    validationError: { target: false, value: false },
    exceptionFactory: (errors) => new Fault('invalid_request', { problems: fieldProblems(errors) }),
  });
}

/** class-validator's tree of errors as a list of fields with their paths. */
export function fieldProblems(errors: readonly ValidationError[], path = ''): readonly FieldProblem[] {
  return errors.flatMap((error) => {
    const field = join(path, error.property);
    const own = Object.entries(error.constraints ?? {}).map(([rule, reason]) => problem(field, error.property, rule, reason));
    return [...own, ...fieldProblems(error.children ?? [], field)];
  });
}

function problem(field: string, property: string, rule: string, reason: string): FieldProblem {
  if (rule === 'whitelistValidation') return { field, code: 'unknown_field', reason: `There is no field ${property} here.` };
  return { field, code: rule.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), reason };
}

function join(path: string, property: string): string {
  if (/^\d+$/.test(property)) return `${path}[${property}]`;
  return path === '' ? property : `${path}.${property}`;
}
