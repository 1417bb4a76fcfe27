import type { Entry } from './catalog.ts';

export type EntryFilter = (entry: Entry) => boolean;

/** By name of the stream or type of the event: a regular expression if one is given, else one of the prefixes. */
export function matcherOf(by: 'stream' | 'type', { regex, prefixes }: { regex: string; prefixes: readonly string[] }): EntryFilter {
  if (regex !== '') {
    const expression = new RegExp(regex, 'u');
    return (entry) => expression.test(entry[by]);
  }
  return (entry) => prefixes.some((prefix) => entry[by].startsWith(prefix));
}
