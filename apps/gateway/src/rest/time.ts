/** Milliseconds since the epoch as the API shows times: RFC 3339 in UTC. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString();
}

/** The inverse; the text has been validated. */
export function timeMs(text: string): number {
  return Date.parse(text);
}
