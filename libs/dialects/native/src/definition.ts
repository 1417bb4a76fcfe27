import { Fault, type Sealed } from '@hookyard/event-schemas';
import { filterRule, subjectRule, eventTypeRule } from './matching-rules.ts';
import { headerName, headerValue } from './header-rules.ts';
import type { SignatureKind } from './keyring.ts';
import { nativeLimits } from './limits.ts';
import { integer, isRecord, list, object, oneOf, problem, sound, text, type Rule } from './rules.ts';
import { urlProblem } from './url-rule.ts';

/** A header that every delivery carries; the value of a protected one is sealed and never shown again. */
export type NativeHeader = { readonly name: string; readonly value: string } | { readonly name: string; readonly sealed: Sealed };

/** A native webhook as stored: whole, with its defaults filled in. */
export type NativeDefinition = {
  readonly name: string;
  readonly description?: string;
  readonly url: string;
  /** Exact types or patterns (`order.*`, `*`); any of them suffices. */
  readonly eventTypes: readonly string[];
  /** Glob over the event's subject. */
  readonly subject?: string;
  /** Filter on attributes and data, as its owner wrote it. */
  readonly filter?: Readonly<Record<string, unknown>>;
  readonly headers: readonly NativeHeader[];
  readonly labels: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Waits between attempts, milliseconds; absent: the standard schedule. */
  readonly retryScheduleMs?: readonly number[];
  readonly signatures: readonly SignatureKind[];
};

const labelKey = /^[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?$/;

const labels: Rule = (value, field) => {
  if (!isRecord(value)) return problem(field, 'invalid_type', 'Give an object of texts.');
  const entries = Object.entries(value);
  if (entries.length > nativeLimits.labels) return problem(field, 'too_many', `There are at most ${nativeLimits.labels} labels.`);
  return entries.flatMap(([key, label]) => {
    if (key.length > nativeLimits.labelKeyChars || !labelKey.test(key)) {
      return problem(`${field}.${key}`, 'invalid_format', `A label's key has letters, digits and inside also ._/-, at most ${nativeLimits.labelKeyChars}.`);
    }
    return text({ min: 0, max: nativeLimits.labelValueChars })(label, `${field}.${key}`);
  });
};

const header: Rule = (value, field) => {
  const wrong = object({ name: headerName, value: headerValue, sealed: text({ min: 1, max: 16_384 }) }, ['name'])(value, field);
  if (wrong.length > 0 || !isRecord(value)) return wrong;
  return (value['value'] === undefined) === (value['sealed'] === undefined) ? problem(`${field}.value`, 'required', 'Give a value.') : sound;
};

/** The list of headers as such; what stands in its places has rules of its own. */
export const headerListRule: Rule = list({ min: 0, max: nativeLimits.headers }, () => sound, { distinct: nameOfHeader });

/** The rule of each field of a native webhook; request classes are held to the same. */
export const nativeRules = {
  name: text({ min: 1, max: nativeLimits.nameChars }, { check: (value) => (value.trim() === '' ? 'The text must not be blank.' : null) }),
  description: text({ min: 0, max: nativeLimits.descriptionChars }, { lines: true }),
  url: text({ min: 1, max: nativeLimits.urlChars }, { check: urlProblem }),
  eventTypes: list({ min: 1, max: nativeLimits.eventTypes }, eventTypeRule, { distinct: String }),
  subject: subjectRule,
  filter: filterRule,
  headers: list({ min: 0, max: nativeLimits.headers }, header, { distinct: nameOfHeader }),
  labels,
  timeoutMs: integer(nativeLimits.timeoutMs),
  retryScheduleMs: list({ min: 0, max: nativeLimits.retries }, integer(nativeLimits.retryWaitMs)),
  signatures: list({ min: 1, max: 2 }, oneOf('v1', 'v1a'), { distinct: String }),
} as const satisfies Readonly<Record<keyof NativeDefinition, Rule>>;

const wholeDefinition = object(nativeRules, ['name', 'url']);

/** Reads a definition and fills in what has a default. Throws `Fault('invalid_request')` with every problem at once. */
export function parseDefinition(input: unknown): NativeDefinition {
  const problems = wholeDefinition(input, '');
  if (problems.length > 0) throw new Fault('invalid_request', { problems });
  const given = input as Partial<NativeDefinition> & Pick<NativeDefinition, 'name' | 'url'>;
  return {
    ...given,
    eventTypes: given.eventTypes ?? ['*'],
    headers: given.headers ?? [],
    labels: given.labels ?? {},
    timeoutMs: given.timeoutMs ?? nativeLimits.timeoutMs.default,
    signatures: given.signatures ?? ['v1a'],
  };
}

/** Header names are the same whatever their case. */
function nameOfHeader(value: unknown): string {
  return isRecord(value) ? String(value['name']).toLowerCase() : '';
}
