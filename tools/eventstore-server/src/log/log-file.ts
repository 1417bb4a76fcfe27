import { readSync } from 'node:fs';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { bodyLength, eventHeaderBytes, eventsOf, fileHeader, frameHeaderBytes, isWhole, type Place } from './frames.ts';

/** The append-only file that holds everything. */
export interface LogFile {
  /** Where the next frame begins. */
  end(): number;
  /** Resolves when the frames, which begin at `end()`, are on disk. One call at a time. */
  append(frames: readonly Buffer[]): Promise<void>;
  /** The bytes of events, in the order asked for. */
  read(places: readonly Place[]): Buffer[];
  close(): Promise<void>;
}

export type Recovered = { readonly place: Place; readonly bytes: Buffer };

// One system call reads neighbours and what lies between them, unless that is much more than what is asked for.
const spareBytes = 64 * 1024;
const pieceBytes = 4 * 1024 * 1024;

/** Opens or begins the file in `folder`, hands every event in it to `onEvent`, and cuts what a crash left half-written behind. */
export async function openLogFile(folder: string, onEvent: (event: Recovered) => void): Promise<LogFile> {
  await mkdir(folder, { recursive: true });
  const file = await open(join(folder, 'events.log'), 'a+');
  try {
    return logOf(file, await recover(file, onEvent));
  } catch (error) {
    await file.close();
    throw error;
  }
}

function logOf(file: FileHandle, recoveredEnd: number): LogFile {
  let end = recoveredEnd;

  function readAt(position: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    const got = readSync(file.fd, bytes, 0, length, position);
    if (got !== length) throw new Error(`the log ends within an event at ${position}`);
    return bytes;
  }

  return {
    end: () => end,
    async append(frames) {
      const bytes = Buffer.concat(frames);
      await file.appendFile(bytes);
      await file.datasync();
      end += bytes.length;
    },
    read(places) {
      if (places.length === 0) return [];
      const from = Math.min(...places.map(({ position }) => position));
      const to = Math.max(...places.map(({ position, length }) => position + eventHeaderBytes + length));
      const asked = places.reduce((sum, { length }) => sum + eventHeaderBytes + length, 0);
      if (to - from > 2 * asked + spareBytes) return places.map(({ position, length }) => readAt(position + eventHeaderBytes, length));
      const span = readAt(from, to - from);
      return places.map(({ position, length }) => span.subarray(position - from + eventHeaderBytes, position - from + eventHeaderBytes + length));
    },
    close: () => file.close(),
  };
}

/** Answers where the last whole frame ends; what lies behind it is cut off. */
async function recover(file: FileHandle, onEvent: (event: Recovered) => void): Promise<number> {
  const { size } = await file.stat();
  if (size < fileHeader.length) {
    await file.truncate(0);
    await file.appendFile(fileHeader);
    await file.sync();
    return fileHeader.length;
  }
  const slice = slicesOf(file, size);
  if (!slice(0, fileHeader.length)?.equals(fileHeader)) throw new Error('events.log is not a log of this server');
  let end = fileHeader.length;
  for (let body = frameAt(slice, end); body !== undefined; body = frameAt(slice, end)) {
    for (const event of eventsOf(body, end + frameHeaderBytes)) onEvent(event);
    end += frameHeaderBytes + body.length;
  }
  if (end < size) {
    await file.truncate(end);
    await file.sync();
  }
  return end;
}

type Slice = (position: number, length: number) => Buffer | undefined;

/** The body of the frame at `position`; undefined when there is no whole one. */
function frameAt(slice: Slice, position: number): Buffer | undefined {
  const header = slice(position, frameHeaderBytes);
  if (header === undefined || bodyLength(header) === 0) return undefined;
  const body = slice(position + frameHeaderBytes, bodyLength(header));
  return body !== undefined && isWhole(header, body) ? body : undefined;
}

/** Reads the file from front to back in large pieces. Undefined: beyond its end. */
function slicesOf(file: FileHandle, size: number): Slice {
  let piece = Buffer.alloc(0);
  let start = 0;
  return (position, length) => {
    if (position + length > size) return undefined;
    if (position < start || position + length > start + piece.length) {
      piece = Buffer.allocUnsafe(Math.min(Math.max(length, pieceBytes), size - position));
      start = position;
      if (readSync(file.fd, piece, 0, piece.length, position) !== piece.length) return undefined;
    }
    return piece.subarray(position - start, position - start + length);
  };
}
