import type { OutgoingMessage } from '@hookyard/ports';

// Topics stamp what they take with the time of its arrival: what a message of another bus brings along travels beside that.
const header = 'hy-published-at';

/** The message with the time that it brings along among its headers. */
export function withMovedTime(message: OutgoingMessage): OutgoingMessage {
  const { publishedAt, headers } = message;
  return publishedAt === undefined ? message : { ...message, headers: { ...headers, [header]: String(publishedAt) } };
}

/** Takes the time that was brought along out of the headers, if one was. */
export function takeMovedTime(headers: Record<string, string>): number | undefined {
  const text = headers[header];
  if (text === undefined) return undefined;
  delete headers[header];
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
