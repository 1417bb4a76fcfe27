import type { Message } from '@hookyard/ports';

/** Of consecutive messages as many from the front on as have at most `maxBytes` of values together, and the first in any case. */
export function withinBytes(messages: readonly Message[], maxBytes: number): readonly Message[] {
  let bytes = 0;
  for (const [at, { value }] of messages.entries()) {
    bytes += value?.length ?? 0;
    if (bytes > maxBytes && at > 0) return messages.slice(0, at);
  }
  return messages;
}

/** Of all their values together. */
export function bytesOf(messages: readonly Message[]): number {
  return messages.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
}
