import { projectIdForm, type EventAttributes } from '@hookyard/event-schemas';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import type { Report } from './problems.ts';

/** Attributes as they came in, not yet looked at. */
export type RawAttributes = Readonly<Record<string, unknown>>;

export type AttributeContext = {
  /** The project of the request's path; without one, the event must name its own. */
  readonly project?: string;
  /** What `time` becomes when the producer gives none: RFC 3339. */
  readonly now: string;
};

/** Our own bounds; the specification asks for at least 64 KiB for a whole event and names no limit for an attribute. */
export const attributeLimits = { valueLength: 1024, nameLength: 64, extensions: 64 } as const;

const known = ['id', 'source', 'type', 'subject', 'time', 'datacontenttype', 'dataschema', 'project', 'partitionkey', 'traceparent', 'tracestate'] as const;
type Known = (typeof known)[number];

// CloudEvents 1.0.2, "Naming conventions": lower-case ASCII letters and digits.
const attributeName = /^[a-z0-9]+$/;
// CloudEvents 1.0.2, "Type system", String: no control characters.
const controlCharacter = /[\u0000-\u001f\u007f-\u009f]/;
const loneSurrogate = /\p{Surrogate}/u;
// RFC 2045, section 5.1: type "/" subtype, then parameters.
const mediaType = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+(\s*;\s*[\w!#$%&'*+.^`|~-]+=([\w!#$%&'*+.^`|~-]+|"[^"\\]*"))*$/;
// https://www.w3.org/TR/trace-context/#traceparent-header
// Version ff and ids of zeros alone are not valid.
const traceparent = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

const forms: Partial<Record<Known, { readonly holds: (value: string) => boolean; readonly reason: string }>> = {
  source: { holds: (value) => fits('uri-reference', value), reason: 'must be a URI reference (RFC 3986)' },
  dataschema: { holds: (value) => fits('uri', value), reason: 'must be an absolute URI (RFC 3986)' },
  time: { holds: (value) => fits('date-time', value), reason: 'must be a time as in 2026-01-31T12:00:00Z (RFC 3339)' },
  datacontenttype: { holds: (value) => mediaType.test(value), reason: 'must be a media type (RFC 2045)' },
  traceparent: { holds: (value) => traceparent.test(value), reason: 'must be a W3C traceparent' },
};

/** Checks every attribute of one event and reports each problem; null when there was one. */
export function readAttributes(raw: RawAttributes, context: AttributeContext, report: Report): EventAttributes | null {
  let refused = false;
  const note: Report = (field, code, reason) => {
    refused = true;
    report(field, code, reason);
  };
  checkVersion(raw['specversion'], note);
  for (const name of ['id', 'source', 'type'] as const) if (isUnset(raw[name])) note(name, 'required', 'is required');
  const attributes: Record<string, unknown> = { time: context.now };
  const extensions: Record<string, string> = {};
  for (const [name, value] of Object.entries(raw)) {
    if (name === 'specversion' || isUnset(value)) continue;
    if (isKnown(name)) attributes[name] = readKnown(name, value, note);
    else extensions[name] = readExtension(name, value, note);
  }
  checkProject(attributes['project'], context.project, note);
  const count = Object.keys(extensions).length;
  if (count > attributeLimits.extensions) note('', 'too_many_extensions', `has ${count} extension attributes; at most ${attributeLimits.extensions}`);
  if (refused) return null;
  if (context.project !== undefined) attributes['project'] = context.project;
  if (count > 0) attributes['extensions'] = extensions;
  return attributes as EventAttributes;
}

function checkVersion(version: unknown, note: Report): void {
  if (isUnset(version)) note('specversion', 'required', 'is required');
  else if (version !== '1.0') note('specversion', 'unsupported_version', 'must be "1.0"');
}

function checkProject(named: unknown, project: string | undefined, note: Report): void {
  if (project === undefined) {
    if (isUnset(named)) note('project', 'required', 'is required: an event says which project it belongs to');
    else if (typeof named !== 'string' || !projectIdForm.test(named)) note('project', 'invalid_format', 'must be the id of a project');
  } else if (named !== undefined && named !== project) note('project', 'wrong_project', `must be the project of the path, ${project}, or be left out`);
}

function readKnown(name: Known, value: unknown, note: Report): string {
  if (typeof value !== 'string') {
    note(name, 'not_text', 'must be a string');
    return '';
  }
  if (value === '') note(name, 'empty', 'must not be empty');
  else if (checkText(name, value, note) && forms[name]?.holds(value) === false) note(name, 'invalid_format', forms[name].reason);
  return value;
}

/** Extensions of the types Boolean, Integer and String become text in their canonical form. */
function readExtension(name: string, value: unknown, note: Report): string {
  if (!attributeName.test(name) || name === 'data') note(name, 'invalid_name', 'attribute names are lower-case letters a–z and digits');
  else if (name.length > attributeLimits.nameLength) note(name, 'too_long', `a name has at most ${attributeLimits.nameLength} characters`);
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number' && isInt32(value)) return String(value);
  if (typeof value === 'string') checkText(name, value, note);
  else note(name, 'invalid_type', 'must be a string, a boolean or an integer of 32 bits');
  return String(value);
}

function checkText(name: string, value: string, note: Report): boolean {
  if (value.length > attributeLimits.valueLength) note(name, 'too_long', `must have at most ${attributeLimits.valueLength} characters`);
  else if (controlCharacter.test(value) || loneSurrogate.test(value)) note(name, 'invalid_characters', 'must hold no control characters and no lone surrogates');
  else return true;
  return false;
}

/** CloudEvents JSON format, 2.2: null is the same as not there. */
function isUnset(value: unknown): boolean {
  return value === undefined || value === null;
}

function isKnown(name: string): name is Known {
  return (known as readonly string[]).includes(name);
}

function isInt32(value: number): boolean {
  return Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31;
}

function fits(format: 'uri' | 'uri-reference' | 'date-time', text: string): boolean {
  const definition: unknown = fullFormats[format];
  if (definition instanceof RegExp) return definition.test(text);
  const check = typeof definition === 'object' && definition !== null && 'validate' in definition ? definition.validate : definition;
  return (check as (text: string) => boolean)(text);
}
