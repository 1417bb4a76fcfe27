import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Message, TopicPartition } from '@hookyard/ports';
import { takeMovedTime } from '../publish/moved-time.ts';

/** What was read of a partition: the messages that count, and where to read on, be it past batches that hold none. */
export type Records = { readonly messages: readonly Message[]; readonly next: number };

/** A transaction that came to nothing: what this producer wrote from the offset on, up to its abort marker. */
export type AbortedTransaction = { readonly producerId: bigint; readonly firstOffset: number };

const decompress = promisify(gunzip);

// Record batch, magic 2: https://kafka.apache.org/documentation/#recordbatch
const lengthAt = 8;
const afterLength = 12;
const magicAt = 16;
const attributesAt = 21;
const lastOffsetDeltaAt = 23;
const baseTimestampAt = 27;
const maxTimestampAt = 35;
const producerIdAt = 43;
const countAt = 57;
const recordsAt = 61;

const codecMask = 0x07;
const logAppendTime = 0x08;
const transactional = 0x10;
const control = 0x20;
const abortMarker = 0;
const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

type Batch = {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly attributes: number;
  readonly producerId: bigint;
  readonly bytes: Buffer;
};

/** Of a fetch answer: from which offset on, without what these transactions wrote, and no more than so many messages. */
export type Wanted = { readonly from: number; readonly aborted: readonly AbortedTransaction[]; readonly limit?: number };

/**
 * Reads the records of a fetch answer as `read_committed` promises: markers and what was aborted are left out.
 * Every key, value and header is a copy, so that a message held for long does not hold the whole answer.
 */
export async function readRecords(at: TopicPartition, set: Buffer, { from, aborted, limit = Infinity }: Wanted): Promise<Records> {
  const messages: Message[] = [];
  const isVisible = visibility(aborted);
  let next = from;
  for (const batch of wholeBatches(set)) {
    next = Math.max(next, batch.lastOffset + 1);
    // Asked of every batch in turn: a marker changes what is visible after it.
    if (!isVisible(batch) || batch.lastOffset < from) continue;
    readBatch(at, { ...batch, records: await recordsOf(at, batch) }, { from, limit, into: messages });
    const last = messages.at(-1);
    if (messages.length >= limit && last !== undefined) return { messages, next: last.offset + 1 };
  }
  return { messages, next };
}

/** Whether readers may see a batch, to be asked in the order of the log. */
function visibility(aborted: readonly AbortedTransaction[]): (batch: Batch) => boolean {
  const ahead = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  const now = new Set<bigint>();
  return (batch) => {
    for (let begun = ahead[0]; begun !== undefined && begun.firstOffset <= batch.lastOffset; begun = ahead[0]) {
      now.add(begun.producerId);
      ahead.shift();
    }
    if ((batch.attributes & control) !== 0) {
      if (isAbort(batch)) now.delete(batch.producerId);
      return false;
    }
    return (batch.attributes & transactional) === 0 || !now.has(batch.producerId);
  };
}

/** The batches of a set; one that the answer cut off at the end is left for the next fetch. */
function* wholeBatches(set: Buffer): Generator<Batch> {
  for (let at = 0; at + recordsAt <= set.length; ) {
    const end = at + afterLength + set.readInt32BE(at + lengthAt);
    if (end > set.length) return;
    const bytes = set.subarray(at, end);
    const magic = bytes.readInt8(magicAt);
    if (magic !== 2) throw new Error(`a message is in a format that Kafka gave up in 2017 (magic ${magic})`);
    const baseOffset = Number(bytes.readBigInt64BE(0));
    yield {
      baseOffset,
      lastOffset: baseOffset + bytes.readInt32BE(lastOffsetDeltaAt),
      attributes: bytes.readInt16BE(attributesAt),
      producerId: bytes.readBigInt64BE(producerIdAt),
      bytes,
    };
    at = end;
  }
}

async function recordsOf({ topic, partition }: TopicPartition, { attributes, bytes, baseOffset }: Batch): Promise<Buffer> {
  const codec = codecs[attributes & codecMask] ?? 'unknown';
  const records = bytes.subarray(recordsAt);
  if (codec === 'none') return records;
  if (codec === 'gzip') return decompress(records);
  throw new Error(`a batch at offset ${baseOffset} of partition ${partition} of ${topic} is compressed with ${codec}, which cannot be read here: set compression.type of the topic to gzip`);
}

function isAbort({ bytes }: Batch): boolean {
  const cursor: Cursor = { bytes, at: recordsAt };
  skipToKey(cursor);
  const length = readVarint(cursor);
  // Key of a control record: version, type (0 abort, 1 commit).
  return length >= 4 && bytes.readInt16BE(cursor.at + 2) === abortMarker;
}

type Target = { readonly from: number; readonly limit: number; readonly into: Message[] };

function readBatch({ topic, partition }: TopicPartition, batch: Batch & { readonly records: Buffer }, { from, limit, into }: Target): void {
  const { bytes, baseOffset, records } = batch;
  const baseTimestamp = Number(bytes.readBigInt64BE(baseTimestampAt));
  const appendedAt = (batch.attributes & logAppendTime) === 0 ? undefined : Number(bytes.readBigInt64BE(maxTimestampAt));
  const cursor: Cursor = { bytes: records, at: 0 };
  for (let left = bytes.readInt32BE(countAt); left > 0 && into.length < limit; left -= 1) {
    const length = readVarint(cursor);
    const end = cursor.at + length;
    cursor.at += 1; // attributes of a record: none are defined
    const publishedAt = appendedAt ?? baseTimestamp + readVarint(cursor);
    if (appendedAt !== undefined) readVarint(cursor);
    const offset = baseOffset + readVarint(cursor);
    if (offset >= from) {
      const [key, value, headers] = [readText(cursor), readValue(cursor), readHeaders(cursor)];
      into.push({ topic, partition, offset, key, value, headers, publishedAt: takeMovedTime(headers) ?? publishedAt });
    }
    cursor.at = end;
  }
}

type Cursor = { readonly bytes: Buffer; at: number };

function skipToKey(cursor: Cursor): void {
  readVarint(cursor);
  cursor.at += 1;
  readVarint(cursor);
  readVarint(cursor);
}

function readText(cursor: Cursor): string {
  const length = readVarint(cursor);
  if (length <= 0) return '';
  cursor.at += length;
  return cursor.bytes.toString('utf8', cursor.at - length, cursor.at);
}

function readValue(cursor: Cursor): Buffer | null {
  const length = readVarint(cursor);
  if (length < 0) return null;
  cursor.at += length;
  return Buffer.from(cursor.bytes.subarray(cursor.at - length, cursor.at));
}

function readHeaders(cursor: Cursor): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let left = readVarint(cursor); left > 0; left -= 1) {
    const name = readText(cursor);
    headers[name] = readText(cursor);
  }
  return headers;
}

/** Zigzag, seven bits to a byte, the lowest first. */
function readVarint(cursor: Cursor): number {
  const { bytes } = cursor;
  let byte = bytes[cursor.at++] ?? 0;
  let value = byte & 0x7f;
  // By multiplication, not by shifts: a timestamp's difference may have more than 32 bits.
  for (let scale = 128; byte >= 128; scale *= 128) {
    byte = bytes[cursor.at++] ?? 0;
    value += (byte & 0x7f) * scale;
  }
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
