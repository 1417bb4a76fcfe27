/** A range of bytes: `start` inclusive, `end` exclusive. */
export type Slice = { readonly start: number; readonly end: number };

export type Member = { readonly name: string; readonly value: Slice };

/**
 * Where values stand in a JSON text, so that a payload can be kept as the bytes that came in instead of being written anew.
 * All of this takes for granted that the text is well-formed JSON in UTF-8: parse it first. Structural characters of JSON
 * are ASCII, and no byte of a longer UTF-8 sequence looks like one, so the walk is over bytes.
 */

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** The members of the object at or after `from`, in the order written; a name that is written twice appears twice. */
export function objectMembers(json: Buffer, from = 0): readonly Member[] {
  const members: Member[] = [];
  let at = skipSpace(json, skipSpace(json, from) + 1);
  while (json[at] !== closeBrace) {
    const nameEnd = skipString(json, at);
    const name = readString(json, at, nameEnd);
    // One colon stands between the name and the value.
    const start = skipSpace(json, skipSpace(json, nameEnd) + 1);
    const end = skipValue(json, start);
    members.push({ name, value: { start, end } });
    at = afterSeparator(json, end);
  }
  return members;
}

/** The elements of the array at or after `from`, in order. */
export function arrayElements(json: Buffer, from = 0): readonly Slice[] {
  const elements: Slice[] = [];
  let at = skipSpace(json, skipSpace(json, from) + 1);
  while (json[at] !== closeBracket) {
    const end = skipValue(json, at);
    elements.push({ start: at, end });
    at = afterSeparator(json, end);
  }
  return elements;
}

/** How deep objects and arrays lie in one another within a value: 0 for a string, a number, a boolean or null. */
export function nestingDepth(json: Buffer, { start, end }: Slice): number {
  let depth = 0;
  let deepest = 0;
  let at = start;
  while (at < end) {
    const byte = json[at];
    if (byte === quote) {
      at = skipString(json, at);
      continue;
    }
    if (byte === openBrace || byte === openBracket) deepest = Math.max(deepest, (depth += 1));
    else if (byte === closeBrace || byte === closeBracket) depth -= 1;
    at += 1;
  }
  return deepest;
}

function skipValue(json: Buffer, start: number): number {
  const first = json[start];
  if (first === quote) return skipString(json, start);
  if (first === openBrace || first === openBracket) return skipNested(json, start);
  let at = start;
  while (at < json.length && !endsScalar(json[at])) at += 1;
  return at;
}

function skipNested(json: Buffer, start: number): number {
  let depth = 0;
  let at = start;
  while (at < json.length) {
    const byte = json[at];
    if (byte === quote) {
      at = skipString(json, at);
      continue;
    }
    at += 1;
    if (byte === openBrace || byte === openBracket) depth += 1;
    else if ((byte === closeBrace || byte === closeBracket) && (depth -= 1) === 0) return at;
  }
  return at;
}

/** From the opening quote to behind the closing one. */
function skipString(json: Buffer, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== quote) at += json[at] === backslash ? 2 : 1;
  return at + 1;
}

function readString(json: Buffer, start: number, end: number): string {
  const hasEscape = json.subarray(start, end).includes(backslash);
  return hasEscape ? (JSON.parse(json.toString('utf8', start, end)) as string) : json.toString('utf8', start + 1, end - 1);
}

/** Behind the comma and what space follows it, or at the closing bracket. */
function afterSeparator(json: Buffer, from: number): number {
  const at = skipSpace(json, from);
  return json[at] === comma ? skipSpace(json, at + 1) : at;
}

function skipSpace(json: Buffer, from: number): number {
  let at = from;
  while (isSpace(json[at])) at += 1;
  return at;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function endsScalar(byte: number | undefined): boolean {
  return byte === comma || byte === closeBrace || byte === closeBracket || isSpace(byte);
}
