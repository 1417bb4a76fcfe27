/**
 * Requests to the writer thread and its answers cross as bytes in one transferred buffer: no object is cloned on the way.
 * A value is read back in the order and by the method that mirrors how it was written.
 */
export interface Packer {
  u8(value: number): void;
  u32(value: number): void;
  /** Any number: offsets, revisions and times exceed 32 bits. */
  number(value: number): void;
  text(value: string): void;
  bytes(value: Uint8Array): void;
  /** How many bytes there are so far. */
  size(): number;
  /** Overwrites a `u32` written earlier. */
  patchU32(at: number, value: number): void;
  /** Forgets what was written from there on. */
  cut(at: number): void;
  /** The bytes so far; the packer must not be used any more. The buffer is not shared and may be transferred. */
  take(): { readonly buffer: ArrayBuffer; readonly length: number };
}

export interface Unpacker {
  u8(): number;
  u32(): number;
  number(): number;
  text(): string;
  /** Shares memory with what is read from. */
  bytes(): Buffer;
  at(): number;
  seek(position: number): void;
}

const initialBytes = 16 * 1024;

/** Writes into `recycled` when given, and into a larger copy once that is full. */
export function packer(recycled: ArrayBuffer = new ArrayBuffer(initialBytes)): Packer {
  let buffer = Buffer.from(recycled);
  let at = 0;
  const reserve = (bytes: number): void => {
    if (at + bytes <= buffer.length) return;
    const larger = Buffer.from(new ArrayBuffer(Math.max(buffer.length * 2, at + bytes)));
    buffer.copy(larger, 0, 0, at);
    buffer = larger;
  };
  const u32 = (value: number): void => {
    reserve(4);
    at = buffer.writeUInt32LE(value, at);
  };
  return {
    u8(value) {
      reserve(1);
      at = buffer.writeUInt8(value, at);
    },
    u32,
    number(value) {
      reserve(8);
      at = buffer.writeDoubleLE(value, at);
    },
    text(value) {
      reserve(4 + value.length * 3); // UTF-8 needs at most 3 bytes for each UTF-16 unit
      const length = buffer.write(value, at + 4, 'utf8');
      buffer.writeUInt32LE(length, at);
      at += 4 + length;
    },
    bytes(value) {
      u32(value.length);
      reserve(value.length);
      buffer.set(value, at);
      at += value.length;
    },
    size: () => at,
    patchU32: (position, value) => void buffer.writeUInt32LE(value, position),
    cut: (position) => void (at = position),
    take: () => ({ buffer: buffer.buffer, length: at }),
  };
}

export function unpacker(source: ArrayBuffer, length: number): Unpacker {
  const buffer = Buffer.from(source, 0, length);
  let at = 0;
  const u32 = (): number => {
    const value = buffer.readUInt32LE(at);
    at += 4;
    return value;
  };
  return {
    u8: () => buffer.readUInt8(at++),
    u32,
    number() {
      const value = buffer.readDoubleLE(at);
      at += 8;
      return value;
    },
    text() {
      const bytes = u32();
      const value = buffer.toString('utf8', at, at + bytes);
      at += bytes;
      return value;
    },
    bytes() {
      const bytes = u32();
      const value = buffer.subarray(at, at + bytes);
      at += bytes;
      return value;
    },
    at: () => at,
    seek: (position) => void (at = position),
  };
}
