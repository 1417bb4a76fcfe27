/**
 * A message value of two parts: a small JSON head and a body of raw bytes that nobody parses or serialises again.
 * Layout: head length (4 bytes, big-endian), head (UTF-8 JSON), body.
 */
export function frame(head: unknown, body: Buffer): Buffer {
  const headBytes = Buffer.from(JSON.stringify(head), 'utf8');
  const framed = Buffer.allocUnsafe(4 + headBytes.length + body.length);
  framed.writeUInt32BE(headBytes.length, 0);
  headBytes.copy(framed, 4);
  body.copy(framed, 4 + headBytes.length);
  return framed;
}

/** The body shares memory with `framed`. Throws when the bytes are no frame. */
export function unframe<Head>(framed: Buffer): { readonly head: Head; readonly body: Buffer } {
  const headLength = framed.readUInt32BE(0);
  if (4 + headLength > framed.length) throw new Error(`frame is cut short: head of ${headLength} bytes in ${framed.length}`);
  return { head: JSON.parse(framed.toString('utf8', 4, 4 + headLength)) as Head, body: framed.subarray(4 + headLength) };
}
