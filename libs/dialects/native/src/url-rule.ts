/**
 * What is wrong with the address of an endpoint, as a sentence, or null. Whether Hookyard may connect to it is decided
 * when it sends, on the address that the name resolves to.
 */
export function urlProblem(value: string): string | null {
  if (/\s/.test(value)) return 'A URL has no white space.';
  if (!/^https?:\/\//i.test(value)) return 'The URL begins with https:// or http://.';
  if (!URL.canParse(value)) return 'This is not a URL.';
  const url = new URL(value);
  if (url.username !== '' || url.password !== '') return 'A URL holds no user name or password; use a protected header.';
  // `#` alone leaves an empty hash, so the text is asked.
  return value.includes('#') ? 'A URL of an endpoint has no fragment.' : null;
}
