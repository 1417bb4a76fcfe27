import type { EventAttributes } from '@hookyard/event-schemas';
import { isObject } from './json.ts';
import { filterLimits } from './limits.ts';
import type { MatchableEvent } from './types.ts';

/** A place in an event. `read` answers undefined when there is nothing. */
export type Path = { readonly text: string; readonly read: (event: MatchableEvent) => unknown };

/**
 * `type`, `subject`, `source`, … and any extension attribute by its name; `data` and what lies in it, part by part:
 * `data.items.0.sku`. A number is a place in a list (from 0) or a key of an object. `\.` is a dot within a key, `\\` a backslash.
 * Answers a sentence when it is no path.
 */
export function readPath(text: string): Path | string {
  if (text.length > filterLimits.pathChars) return `A path has at most ${filterLimits.pathChars} characters.`;
  const [first = '', ...rest] = split(text);
  if (first === '' || rest.includes('')) return 'A path must not have an empty part.';
  if (rest.length >= filterLimits.pathParts) return `A path has at most ${filterLimits.pathParts} parts.`;
  if (first === 'data') return { text, read: dataReader(rest) };
  // Attribute names are lower-case letters and digits: CloudEvents 1.0, 3.
  if (!/^[a-z0-9]+$/.test(first)) return 'A path begins with `data` or with the name of an event attribute (lower-case letters and digits).';
  if (rest.length > 0) return `The attribute \`${first}\` is a text and has no parts; payload fields begin with \`data.\`.`;
  return { text, read: attributeReader(first) };
}

function split(text: string): readonly string[] {
  const parts = [''];
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] as string;
    if (char === '.') parts.push('');
    else {
      if (char === '\\' && at + 1 < text.length) at += 1;
      parts[parts.length - 1] += text[at] as string;
    }
  }
  return parts;
}

function dataReader(keys: readonly string[]): Path['read'] {
  return (event) => {
    let value = event.data();
    for (const key of keys) {
      if (value === undefined) return undefined;
      value = step(value, key);
    }
    return value;
  };
}

function step(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return /^(?:0|[1-9]\d{0,8})$/.test(key) ? value[Number(key)] : undefined;
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

const ownAttributes = new Set<string>([
  'id', 'source', 'type', 'subject', 'time', 'datacontenttype', 'dataschema', 'project', 'partitionkey', 'traceparent', 'tracestate',
] satisfies (keyof EventAttributes)[]);

function attributeReader(name: string): Path['read'] {
  if (ownAttributes.has(name)) return (event) => event.attributes[name as keyof EventAttributes];
  return (event) => {
    const extensions = event.attributes.extensions;
    return extensions !== undefined && Object.hasOwn(extensions, name) ? extensions[name] : undefined;
  };
}
