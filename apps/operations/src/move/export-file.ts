import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open, rename, stat, unlink } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { OperationRefused } from '../operation-refused.ts';
import type { Line, Trailer } from './format.ts';

/** Writes the lines and a trailer, compressed; the file appears when it is whole and durable, readable by its owner alone. Answers its size in bytes. */
export async function writeExport(file: string, lines: AsyncIterable<Exclude<Line, Trailer>>): Promise<number> {
  if ((await stat(file).catch(() => null)) !== null) throw new OperationRefused(`There is a file ${file} already. Name another one.`);
  const draft = `${file}.part`;
  try {
    await pipeline(Readable.from(withTrailer(lines), { objectMode: true, highWaterMark: 64 }), createGzip({ level: 6 }), createWriteStream(draft, { mode: 0o600 }));
    const handle = await open(draft, 'r+');
    await handle.sync().finally(() => handle.close());
    await rename(draft, file);
  } catch (error) {
    await unlink(draft).catch(() => undefined);
    throw error;
  }
  return (await stat(file)).size;
}

async function* withTrailer(lines: AsyncIterable<Exclude<Line, Trailer>>): AsyncGenerator<string> {
  const hash = createHash('sha256');
  let count = 0;
  for await (const line of lines) {
    const text = `${JSON.stringify(line)}\n`;
    hash.update(text);
    count += 1;
    yield text;
  }
  const trailer: Trailer = { kind: 'trailer', lines: count, sha256: hash.digest('hex') };
  yield `${JSON.stringify(trailer)}\n`;
}
