// CRC-32C (Castagnoli), reflected polynomial 0x82F63B78, as record batches carry it: RFC 3720, appendix B.4.
// Eight bytes a step ("slicing-by-8"): a batch of megabytes is summed in the main thread.
const tables: readonly Uint32Array[] = makeTables();

/** The checksum of these bytes, as an unsigned number of 32 bit. */
export function crc32c(bytes: Buffer, from = 0, to = bytes.length): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as readonly [Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  let crc = 0xffffffff;
  let at = from;
  for (; at + 8 <= to; at += 8) {
    const low = (crc ^ (byte(bytes, at) | (byte(bytes, at + 1) << 8) | (byte(bytes, at + 2) << 16) | (byte(bytes, at + 3) << 24))) >>> 0;
    crc =
      entry(t7, low & 0xff) ^
      entry(t6, (low >>> 8) & 0xff) ^
      entry(t5, (low >>> 16) & 0xff) ^
      entry(t4, low >>> 24) ^
      entry(t3, byte(bytes, at + 4)) ^
      entry(t2, byte(bytes, at + 5)) ^
      entry(t1, byte(bytes, at + 6)) ^
      entry(t0, byte(bytes, at + 7));
  }
  for (; at < to; at += 1) crc = entry(t0, (crc ^ byte(bytes, at)) & 0xff) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

function byte(bytes: Buffer, at: number): number {
  return bytes[at] as number;
}

function entry(table: Uint32Array, at: number): number {
  return table[at] as number;
}

function makeTables(): Uint32Array[] {
  const made = Array.from({ length: 8 }, () => new Uint32Array(256));
  const [first] = made as [Uint32Array];
  for (let at = 0; at < 256; at += 1) {
    let crc = at;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    first[at] = crc >>> 0;
  }
  for (let slice = 1; slice < 8; slice += 1) {
    for (let at = 0; at < 256; at += 1) {
      const before = made[slice - 1]?.[at] ?? 0;
      (made[slice] as Uint32Array)[at] = ((before >>> 8) ^ entry(first, before & 0xff)) >>> 0;
    }
  }
  return made;
}
