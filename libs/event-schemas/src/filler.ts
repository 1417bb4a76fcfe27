import type { Headers } from './headers.ts';

const fillerHeader = 'hy-filler';

/**
 * Takes up an offset and says nothing: where a partition was moved here from another bus, on which this offset is free, so that every message
 * keeps its own. Services never see one.
 */
export const filler: { readonly key: string; readonly value: null; readonly headers: Headers } = { key: '', value: null, headers: { [fillerHeader]: '1' } };

export function isFiller({ value, headers }: { readonly value: Buffer | null; readonly headers: Headers }): boolean {
  return value === null && headers[fillerHeader] !== undefined;
}
