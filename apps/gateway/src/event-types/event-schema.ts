import type { FieldProblem } from '@hookyard/event-schemas';
import { regex, regexProblem } from '@hookyard/matching';
import type { ErrorObject, Options, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { boundProblems } from './schema-bounds.ts';

/** A compiled schema of event payloads. */
export type EventSchema = {
  /** Each way in which the payload does not fit, at most `mostErrors`; empty when it fits. `bytes` is the payload's size. */
  readonly problems: (payload: unknown, bytes: number) => readonly FieldProblem[];
};

const mostErrors = 50;
// Looking for every error in a large payload could find one in each of its bytes.
const listAllUpToBytes = 65_536;
const draft = 'https://json-schema.org/draft/2020-12/schema';

/** What keeps a value from being a schema for events (JSON Schema, draft 2020-12), field by field below `schema`. */
export function schemaProblems(schema: Record<string, unknown>): readonly FieldProblem[] {
  const named = schema['$schema'];
  if (named !== undefined && named !== draft && named !== `${draft}#`) {
    return [{ field: 'schema.$schema', code: 'unsupported', reason: `must be ${draft}, or be left out` }];
  }
  const bounds = boundProblems(schema);
  if (bounds.length > 0) return bounds;
  metaSchema ??= compiler({ allErrors: true });
  if (metaSchema.validateSchema(schema) !== true) return fieldsOf(metaSchema.errors, 'schema');
  try {
    compiler({}).compile(schema);
    return [];
  } catch (error) {
    return [{ field: 'schema', code: 'invalid_schema', reason: error instanceof Error ? error.message : String(error) }];
  }
}

/** Compiles a schema that `schemaProblems` has nothing against; throws for any other. */
export function eventSchema(schema: Record<string, unknown>): EventSchema {
  const first = compiler({ allErrors: false }).compile(schema);
  let all: ValidateFunction | undefined;
  return {
    problems(payload, bytes) {
      if (first(payload)) return [];
      if (bytes > listAllUpToBytes) return fieldsOf(first.errors, 'data');
      all ??= compiler({ allErrors: true }).compile(schema);
      all(payload);
      return fieldsOf(all.errors, 'data');
    },
  };
}

// Compiling the schema of schemas takes 40 ms: done once, and not at all on the way of an event.
let metaSchema: Ajv2020 | undefined;

/** One for each schema: an Ajv keeps what it has compiled, and knows a schema's `$id` only once. */
function compiler(options: Options): Ajv2020 {
  const ajv = new Ajv2020({ ...options, strict: false, logger: false, validateSchema: false, code: { regExp: linearRegExp } });
  addFormats.default(ajv);
  return ajv;
}

/** Patterns run on an engine whose time is linear in the text. Ajv tells compiled patterns apart by `toString`. */
const linearRegExp = Object.assign(
  (pattern: string) => {
    const problem = regexProblem(pattern);
    if (problem !== null) throw new Error(`pattern ${JSON.stringify(pattern)}: ${problem}`);
    return { test: regex(pattern), toString: () => pattern };
  },
  { code: 'linearRegExp' },
);

function fieldsOf(errors: readonly ErrorObject[] | null | undefined, root: string): readonly FieldProblem[] {
  return (errors ?? []).slice(0, mostErrors).map(({ instancePath, keyword, message, params }) => {
    const missing = 'missingProperty' in params ? `/${escaped(String(params['missingProperty']))}` : '';
    return { field: root + dotted(instancePath + missing), code: keyword.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), reason: reasonOf(message, params) };
  });
}

function reasonOf(message: string | undefined, params: Readonly<Record<string, unknown>>): string {
  if ('missingProperty' in params) return 'is required';
  if (Array.isArray(params['allowedValues'])) return `must be one of ${JSON.stringify(params['allowedValues']).slice(1, -1).slice(0, 500)}`;
  if ('additionalProperty' in params) return `must not have the property ${JSON.stringify(params['additionalProperty'])}`;
  return message ?? 'does not fit';
}

/** `/items/0/price` becomes `.items[0].price`. */
function dotted(pointer: string): string {
  const parts = pointer.split('/').slice(1).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return parts.map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`)).join('');
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
