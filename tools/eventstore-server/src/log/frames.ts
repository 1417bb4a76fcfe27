import { crc32 } from 'node:zlib';

/** At the head of the file, so that no event stands at position 0. */
export const fileHeader = Buffer.from('hookyard-es-log1');

/** Length and checksum of a frame's body. */
export const frameHeaderBytes = 8;

/** Length of one event. */
export const eventHeaderBytes = 4;

/** Where an event stands in the file, and how long it is. `position` is that of its length, `length` that of its bytes. */
export type Place = { readonly position: number; readonly length: number };

/**
 * One append: its events stand in one frame under one checksum, so after a crash all of them are there or none.
 * `encode` is told each event's position, which is part of what is written.
 */
export function frame(start: number, encoders: readonly ((position: number) => Uint8Array)[]): { readonly bytes: Buffer; readonly places: readonly Place[] } {
  const parts: Uint8Array[] = [];
  const places: Place[] = [];
  let position = start + frameHeaderBytes;
  for (const encode of encoders) {
    const event = encode(position);
    const header = Buffer.alloc(eventHeaderBytes);
    header.writeUInt32LE(event.length);
    parts.push(header, event);
    places.push({ position, length: event.length });
    position += eventHeaderBytes + event.length;
  }
  const body = Buffer.concat(parts);
  const header = Buffer.alloc(frameHeaderBytes);
  header.writeUInt32LE(body.length, 0);
  header.writeUInt32LE(crc32(body), 4);
  return { bytes: Buffer.concat([header, body]), places };
}

/** The length of the body that a frame's header announces. */
export function bodyLength(header: Buffer): number {
  return header.readUInt32LE(0);
}

export function isWhole(header: Buffer, body: Buffer): boolean {
  return crc32(body) === header.readUInt32LE(4);
}

/** The events of a body that begins at `start` in the file. */
export function* eventsOf(body: Buffer, start: number): Generator<{ readonly place: Place; readonly bytes: Buffer }> {
  for (let at = 0; at < body.length; ) {
    const length = body.readUInt32LE(at);
    const from = at + eventHeaderBytes;
    yield { place: { position: start + at, length }, bytes: body.subarray(from, from + length) };
    at = from + length;
  }
}
