import type { Page } from '@hookyard/consumer-groups';
import type { Message } from '@hookyard/ports';
import { tail } from './tail.ts';

function message(offset: number, value: Buffer | null = Buffer.alloc(600)): Message {
  return { topic: 't', partition: 0, offset, key: 'k', value, headers: {}, publishedAt: 0 };
}

const page = (from: number, limit: number, maxBytes = 1_000_000): Page => ({ from, limit, maxBytes });
const offsetsOf = (messages: readonly Message[] | undefined) => messages?.map(({ offset }) => offset);

describe('the tail of the log', () => {
  it('reads from an offset on, at most the limit', () => {
    const newest = tail(1_000_000);
    for (const offset of [5, 6, 7, 8]) newest.add(1, message(offset));
    expect(offsetsOf(newest.read(1, page(5, 10)))).toEqual([5, 6, 7, 8]);
    expect(offsetsOf(newest.read(1, page(6, 2)))).toEqual([6, 7]);
  });

  it('reads no more bytes than wanted, but for a larger message, alone', () => {
    const newest = tail(1_000_000);
    for (const [offset, size] of [10, 10, 10, 50, 10].entries()) newest.add(1, message(offset, Buffer.alloc(size)));
    expect(offsetsOf(newest.read(1, page(0, 10, 20)))).toEqual([0, 1]);
    expect(offsetsOf(newest.read(1, page(2, 10, 20)))).toEqual([2]);
    expect(offsetsOf(newest.read(1, page(3, 10, 20)))).toEqual([3]);
  });

  it('says when it does not reach back so far', () => {
    const newest = tail(1_000_000);
    newest.add(1, message(5));
    expect(newest.read(1, page(4, 10))).toBeUndefined();
    expect(newest.read(2, page(5, 10))).toBeUndefined();
  });

  it('drops the oldest of all partitions when it is full', () => {
    const newest = tail(10 * 1_001);
    for (let offset = 0; offset < 1_000; offset += 1) newest.add(offset % 2, message(Math.floor(offset / 2)));
    expect(newest.read(0, page(494, 10))).toBeUndefined();
    expect(offsetsOf(newest.read(0, page(495, 10)))).toEqual([495, 496, 497, 498, 499]);
    expect(offsetsOf(newest.read(1, page(498, 10)))).toEqual([498, 499]);
  });

  it('keeps nothing when it may hold nothing, and can be filled again', () => {
    const none = tail(0);
    none.add(1, message(0));
    none.add(1, message(1));
    expect(none.read(1, page(1, 1))).toBeUndefined();
  });

  it('does not keep a large buffer alive for a small value cut from it', () => {
    const newest = tail(1_000_000);
    const chunk = Buffer.alloc(1_000_000, 'abc');
    newest.add(1, message(0, chunk.subarray(300, 306)));
    newest.add(1, message(1, null));
    const [small, none] = newest.read(1, page(0, 2)) ?? [];
    expect(small?.value?.toString()).toBe('abcabc');
    expect(small?.value?.buffer.byteLength).toBeLessThan(10_000);
    expect(none?.value).toBeNull();
  });
});
