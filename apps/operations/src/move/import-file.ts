import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { OperationRefused } from '../operation-refused.ts';
import { formatName, formatVersion, type Header, type Line, type Trailer } from './format.ts';

/** A file that has been read once and found to be whole. */
export type CheckedExport = {
  readonly header: Header;
  /** Names this very export. */
  readonly sha256: string;
  /** All lines but header and trailer, in order; reads the file again. */
  lines(): AsyncIterable<Exclude<Line, Header | Trailer>>;
};

/** Reads all of it, and refuses what is cut off, damaged, or of another format, before anybody acts on it. */
export async function checkExport(file: string): Promise<CheckedExport> {
  const hash = createHash('sha256');
  let header: Header | undefined;
  let trailer: Trailer | undefined;
  let count = 0;
  for await (const text of textsOf(file)) {
    if (trailer !== undefined) throw damaged(file, 'something follows its end');
    const line = parse(file, text);
    if (count === 0) header = headerOf(file, line);
    if (line.kind === 'trailer') trailer = line;
    else {
      hash.update(text).update('\n');
      count += 1;
    }
  }
  if (header === undefined || trailer === undefined) throw damaged(file, 'its end is missing');
  const sha256 = hash.digest('hex');
  if (trailer.lines !== count || trailer.sha256 !== sha256) throw damaged(file, 'it is not as it was written');
  return { header, sha256, lines: () => bodyOf(file) };
}

async function* bodyOf(file: string): AsyncGenerator<Exclude<Line, Header | Trailer>> {
  for await (const text of textsOf(file)) {
    const line = JSON.parse(text.toString('utf8')) as Line;
    if (line.kind !== 'header' && line.kind !== 'trailer') yield line;
  }
}

function headerOf(file: string, line: Line): Header {
  if (line.kind !== 'header' || line.format !== formatName) throw new OperationRefused(`${file} is no export of Hookyard.`);
  if (line.version !== formatVersion) throw new OperationRefused(`${file} has version ${line.version} of the format; this Hookyard reads version ${formatVersion}.`);
  return line;
}

function parse(file: string, text: Buffer): Line {
  try {
    return JSON.parse(text.toString('utf8')) as Line;
  } catch {
    throw damaged(file, 'a line cannot be read');
  }
}

const newline = 0x0a;

/** Lines as bytes: a text may hold what other readers of lines take for an end. */
async function* textsOf(file: string): AsyncGenerator<Buffer> {
  const source = createReadStream(file);
  const bytes = createGunzip();
  source.once('error', (error) => bytes.destroy(error));
  source.pipe(bytes);
  let parts: Buffer[] = [];
  try {
    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      let from = 0;
      for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
        yield Buffer.concat([...parts, chunk.subarray(from, end)]);
        parts = [];
        from = end + 1;
      }
      if (from < chunk.length) parts.push(chunk.subarray(from));
    }
  } catch (error) {
    throw unreadable(file, error);
  } finally {
    source.destroy();
  }
  if (parts.length > 0) throw damaged(file, 'its end is missing');
}

function unreadable(file: string, error: unknown): unknown {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return new OperationRefused(`There is no file ${file}.`);
  if (code === 'Z_DATA_ERROR') return damaged(file, 'it is not compressed as an export is, or was changed');
  if (code === 'Z_BUF_ERROR') return damaged(file, 'its end is missing');
  return error;
}

function damaged(file: string, reason: string): OperationRefused {
  return new OperationRefused(`${file} is damaged: ${reason}. Nothing has been imported from it.`);
}
