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
  const header = await exactly(file, 0, fileHeader.length);
  if (!header?.equals(fileHeader)) throw new Error('events.log is not a log of this server');
  let end = fileHeader.length;
  for (let next = await frameAt(file, end, size); next !== undefined; next = await frameAt(file, end, size)) {
    for (const event of eventsOf(next, end + frameHeaderBytes)) onEvent(event);
    end += frameHeaderBytes + next.length;
  }
  if (end < size) {
    await file.truncate(end);
    await file.sync();
  }
  return end;
}

/** Undefined when there is no whole frame. */
async function frameAt(file: FileHandle, position: number, size: number): Promise<Buffer | undefined> {
  const header = await exactly(file, position, frameHeaderBytes);
  if (header === undefined) return undefined;
  const length = bodyLength(header);
  if (length === 0 || position + frameHeaderBytes + length > size) return undefined;
  const body = await exactly(file, position + frameHeaderBytes, length);
  return body !== undefined && isWhole(header, body) ? body : undefined;
}

async function exactly(file: FileHandle, position: number, length: number): Promise<Buffer | undefined> {
  const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, position);
  return bytesRead === length ? buffer : undefined;
}
