import { isUtf8 } from 'node:buffer';
import { Fault } from '@hookyard/event-schemas';

/** Levels of objects and lists in one another. Whoever validates a request walks it recursively and must not run out of stack. */
const deepest = 128;

const loneSurrogate = /\p{Surrogate}/u;

/**
 * The value of a JSON body. Throws `Fault('invalid_request')` for what is no JSON in UTF-8, and for what could not be kept and
 * answered as it came: nesting beyond all measure, a field that would be no field but a prototype, half a character.
 */
export function readJsonBody(body: Buffer): unknown {
  if (!isUtf8(body)) throw refusal('invalid_utf8', 'A body is UTF-8.');
  const value = parse(body.toString('utf8'));
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > deepest) throw refusal('too_deep', `Objects and lists are nested at most ${deepest} deep.`);
    level = level.flatMap(parts);
  }
  return value;
}

/** What stands directly in a value. Throws when its texts or names may not be. */
function parts(value: unknown): readonly unknown[] {
  if (typeof value === 'string') requireWellFormed(value);
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value as readonly unknown[];
  for (const name of Object.keys(value)) {
    requireWellFormed(name);
    if (name === '__proto__') throw refusal('not_allowed', 'A field cannot be named __proto__.');
  }
  return Object.values(value);
}

/** Half of a surrogate pair can only be written as an escape, and nothing in UTF-8 could bring it back. */
function requireWellFormed(text: string): void {
  if (loneSurrogate.test(text)) throw refusal('invalid_characters', 'Texts hold no lone surrogates.');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refusal('invalid_json', `This is not JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

function refusal(code: string, reason: string): Fault {
  return new Fault('invalid_request', { problems: [{ field: '', code, reason }] });
}
