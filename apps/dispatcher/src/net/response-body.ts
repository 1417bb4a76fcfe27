import { isUtf8 } from 'node:buffer';

/** What is kept of a response's body, and what is read at most before the connection is cut. */
export const keptBodyBytes = 16 * 1024;
export const readBodyBytes = 1024 * 1024;

/** Keeps the first bytes of a body as they come over the wire (never decompressed) and counts the rest. */
export class ResponseBody {
  private readonly chunks: Buffer[] = [];
  private kept = 0;
  private read = 0;

  /** False when there has been more than anybody is ready to read. */
  add(chunk: Buffer): boolean {
    const room = keptBodyBytes - this.kept;
    if (room > 0) {
      // A copy: the chunk is a view of a read buffer of 64 KiB that would stay alive with it.
      const part = Buffer.from(chunk.subarray(0, room));
      this.chunks.push(part);
      this.kept += part.length;
    }
    this.read += chunk.length;
    return this.read <= readBodyBytes;
  }

  text(): { readonly body: string; readonly bodyEncoding: 'utf8' | 'base64'; readonly bodyTruncated: boolean } {
    const [first] = this.chunks;
    const bytes = this.chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.chunks);
    const bodyTruncated = this.read > this.kept;
    const whole = bodyTruncated ? wholeCharacters(bytes) : bytes;
    if (isUtf8(whole)) return { body: whole.toString('utf8'), bodyEncoding: 'utf8', bodyTruncated };
    return { body: bytes.toString('base64'), bodyEncoding: 'base64', bodyTruncated };
  }
}

/** Without the UTF-8 character that the cut went through, if any: at most three bytes (RFC 3629, 3). */
function wholeCharacters(bytes: Buffer): Buffer {
  let start = bytes.length - 1;
  while (start >= 0 && start > bytes.length - 4 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start -= 1;
  const lead = bytes[start] ?? 0;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return start + length > bytes.length ? bytes.subarray(0, start) : bytes;
}
