/**
 * What a `Retry-After` header asks for, as milliseconds since the epoch, or null when it asks for nothing readable.
 * Seconds, or a date in any of the three forms that a recipient must accept (RFC 9110, 10.2.3 and 5.6.7).
 */
export function retryAfter(value: string, now: number): number | null {
  const text = value.trim();
  if (/^\d{1,15}$/.test(text)) return now + Number(text) * 1_000;
  return httpDate(text);
}

const preferred = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
const obsoleteRfc850 = /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/;
const obsoleteAsctime = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;

function httpDate(text: string): number | null {
  const isZoned = preferred.test(text) || obsoleteRfc850.test(text);
  if (!isZoned && !obsoleteAsctime.test(text)) return null;
  // The asctime form names no zone and means UTC.
  const time = Date.parse(isZoned ? text : `${text} GMT`);
  return Number.isNaN(time) ? null : time;
}
