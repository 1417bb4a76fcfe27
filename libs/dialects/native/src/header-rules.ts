import { nativeLimits } from './limits.ts';
import { problem, sound, text, type Rule } from './rules.ts';

// `token` of RFC 9110, 5.6.2.
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// `field-value` of RFC 9110, 5.5, without the deprecated obs-text: visible ASCII, inside also blanks.
const fieldValue = /^(?:[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?)?$/;

/** What frames the message or belongs to the connection (RFC 9110, 7.6.1, and RFC 9112), and what Hookyard says itself. */
const ours = new Set([
  'connection', 'content-encoding', 'content-length', 'content-type', 'expect', 'host', 'http2-settings', 'keep-alive',
  'proxy-authenticate', 'proxy-authorization', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade',
  'traceparent', 'tracestate', 'user-agent',
]);
const ourPrefix = 'webhook-';

/** A header that a webhook may add: a token, and not one that the sender decides. */
export const headerName: Rule = (value, field) => {
  const wrong = text({ min: 1, max: nativeLimits.headerNameChars }, { check: (name) => (token.test(name) ? null : 'A header name has letters, digits and !#$%&\'*+-.^_`|~ only.') })(value, field);
  if (wrong.length > 0) return wrong;
  const name = String(value).toLowerCase();
  return ours.has(name) || name.startsWith(ourPrefix) ? problem(field, 'not_allowed', `The header ${name} is set by Hookyard itself.`) : sound;
};

export const headerValue: Rule = text(
  { min: 0, max: nativeLimits.headerValueChars },
  { check: (value) => (fieldValue.test(value) ? null : 'A header value has printable ASCII characters only, and no blank at either end.') },
);
