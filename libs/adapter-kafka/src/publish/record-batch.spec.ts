import { createRequire } from 'node:module';
import { readRecords } from '../fetch/records.ts';
import { crc32c } from './crc32c.ts';
import { bytesOf, recordBatch, type RecordMessage } from './record-batch.ts';

type Decoded = { readonly records: readonly { readonly offset: string; readonly key: Buffer; readonly value: Buffer | null; readonly headers: Record<string, Buffer> }[]; readonly producerId: string; readonly inTransaction: boolean };

// kafkajs, which brokers of every version understand, reads what is written here.
const require = createRequire(import.meta.url);
const Decoder = require('kafkajs/src/protocol/decoder') as new (buffer: Buffer) => object;
const decodeBatch = require('kafkajs/src/protocol/recordBatch/v0/decoder') as (decoder: object) => Promise<Decoded>;

const at = { topic: 'topic', partition: 3 };
const messages: RecordMessage[] = [
  { key: 'schlüssel', value: Buffer.from([0, 255, 1]), headers: { ce_id: 'äöü', empty: '' } },
  { key: '', value: null },
  { key: 'large', value: Buffer.alloc(3_000, 'x'), headers: {} },
  { key: 'k'.repeat(200), value: Buffer.alloc(0) },
];

describe('a record batch', () => {
  it.each(['none', 'gzip'] as const)('is read back as it was written, compression %s', async (compression) => {
    const batch = await recordBatch(messages, { compression, timestamp: 1_700_000_000_000 });
    const { messages: read, next } = await readRecords(at, batch, { from: 0, aborted: [] });
    expect(next).toBe(4);
    expect(read).toEqual(messages.map(({ key, value, headers = {} }, offset) => ({ ...at, offset, key, value, headers, publishedAt: 1_700_000_000_000 })));
  });

  it.each(['none', 'gzip'] as const)('is what kafkajs reads, compression %s', async (compression) => {
    const producer = { id: 7n, epoch: 2, firstSequence: 40, isTransactional: true };
    const decoded = await decodeBatch(new Decoder(await recordBatch(messages, { compression, producer, timestamp: 5 })));
    expect(decoded).toMatchObject({ producerId: '7', producerEpoch: 2, firstSequence: 40, inTransaction: true, lastOffsetDelta: 3, firstTimestamp: '5' });
    expect(decoded.records.map(({ key }) => key.toString())).toEqual(messages.map(({ key }) => key));
    expect(decoded.records.map(({ value }) => value)).toEqual(messages.map(({ value }) => value));
    expect(decoded.records[0]?.headers['ce_id']?.toString()).toBe('äöü');
  });

  it('has never more bytes than reckoned', async () => {
    for (const message of messages) {
      const alone = await recordBatch([message], { compression: 'none', timestamp: 0 });
      expect(alone.length).toBeLessThanOrEqual(61 + bytesOf(message));
    }
  });

  it('carries the checksum of its bytes', () => {
    // The check value of CRC-32C, and RFC 3720, B.4: 32 bytes of ones.
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
    expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
    expect(crc32c(Buffer.from('xx123456789xxx'), 2, 11)).toBe(0xe3069283);
  });
});

describe('reading records', () => {
  async function batchAt(offset: number, texts: readonly string[], producerId?: bigint): Promise<Buffer> {
    const producer = producerId === undefined ? {} : { producer: { id: producerId, epoch: 0, firstSequence: 0, isTransactional: true } };
    const batch = await recordBatch(texts.map((text) => ({ key: 'k', value: Buffer.from(text) })), { compression: 'none', timestamp: 0, ...producer });
    batch.writeBigInt64BE(BigInt(offset), 0);
    return batch;
  }

  const read = async (set: Buffer, wanted: { readonly from?: number; readonly limit?: number; readonly aborted?: readonly { readonly producerId: bigint; readonly firstOffset: number }[] } = {}) => {
    const { messages: found, next } = await readRecords(at, set, { from: 0, aborted: [], ...wanted });
    return { texts: found.map(({ value }) => value?.toString()), next };
  };

  it('begins within a batch, and ends at the limit', async () => {
    const set = Buffer.concat([await batchAt(5, ['a', 'b', 'c']), await batchAt(8, ['d', 'e'])]);
    expect(await read(set, { from: 6 })).toEqual({ texts: ['b', 'c', 'd', 'e'], next: 10 });
    expect(await read(set, { from: 6, limit: 3 })).toEqual({ texts: ['b', 'c', 'd'], next: 9 });
    expect(await read(set, { from: 8 })).toEqual({ texts: ['d', 'e'], next: 10 });
  });

  it('leaves a batch that was cut off for the next time', async () => {
    const [first, second] = [await batchAt(0, ['a']), await batchAt(1, ['b'])];
    for (const cut of [1, 20, second.length - 1]) expect(await read(Buffer.concat([first, second.subarray(0, cut)]))).toEqual({ texts: ['a'], next: 1 });
  });

  it('leaves out what was aborted, from its first offset to its marker', async () => {
    const marker = await abortMarker(3, 9n);
    const set = Buffer.concat([await batchAt(0, ['kept'], 8n), await batchAt(1, ['gone', 'gone'], 9n), marker, await batchAt(4, ['later'], 9n)]);
    expect(await read(set, { aborted: [{ producerId: 9n, firstOffset: 1 }] })).toEqual({ texts: ['kept', 'later'], next: 5 });
  });

  it('goes on behind batches that hold nothing visible', async () => {
    const empty = await batchAt(3, ['x', 'y']);
    // As the log cleaner leaves it: no records, the offsets still covered.
    const cleaned = Buffer.from(empty.subarray(0, 61));
    cleaned.writeInt32BE(0, 57);
    cleaned.writeInt32BE(cleaned.length - 12, 8);
    expect(await read(cleaned, { from: 3 })).toEqual({ texts: [], next: 5 });
    expect(await read(await abortMarker(7, 1n), { from: 7 })).toEqual({ texts: [], next: 8 });
  });

  it('says which batch it cannot read, and why', async () => {
    const zstd = await batchAt(12, ['x']);
    zstd.writeInt16BE(4, 21);
    await expect(read(zstd)).rejects.toThrow(/offset 12 of partition 3 of topic is compressed with zstd/);
  });

  async function abortMarker(offset: number, producerId: bigint): Promise<Buffer> {
    const batch = await recordBatch([{ key: '\0\0\0\0', value: Buffer.alloc(6) }], { compression: 'none', timestamp: 0, producer: { id: producerId, epoch: 0, firstSequence: -1, isTransactional: true } });
    batch.writeInt16BE(batch.readInt16BE(21) | 0x20, 21);
    batch.writeBigInt64BE(BigInt(offset), 0);
    return batch;
  }
});
