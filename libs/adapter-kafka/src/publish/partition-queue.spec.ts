import { partitionQueue, pieces, type Entry } from './partition-queue.ts';

function entry(name: string, bytes = 10, told: string[] = []): Entry & { give(): void } {
  let isAwaited = true;
  return {
    messages: [{ topic: 't', key: name, value: null }],
    bytes,
    isAwaited: () => isAwaited,
    resolve: (offset) => void told.push(`${name} at ${offset}`),
    reject: (error) => void told.push(`${name} refused: ${String(error)}`),
    give: () => void (isAwaited = false),
  };
}

const names = (batch: readonly Entry[]): string => batch.map(({ messages }) => messages[0]?.key).join(' ');

describe('the queue of a partition', () => {
  it('gives out what fits, the first in any case, and the same again until it was written', () => {
    const told: string[] = [];
    const queue = partitionQueue('t', 0);
    for (const each of [entry('a', 60, told), entry('b', 30, told), entry('c', 30, told)]) queue.add(each);
    expect(names(queue.batch(50))).toBe('a');
    queue.add(entry('d', 10, told));
    expect(names(queue.batch(1_000))).toBe('a');
    queue.written(7);
    expect(names(queue.batch(60))).toBe('b c');
    queue.written(8);
    expect(told).toEqual(['a at 7', 'b at 8', 'c at 9']);
    expect(names(queue.batch(60))).toBe('d');
    expect(queue.isEmpty()).toBe(false);
    queue.refused('broken');
    expect(told.at(-1)).toBe('d refused: broken');
    expect(queue.isEmpty()).toBe(true);
  });

  it('does not send what nobody waits for any more', () => {
    const queue = partitionQueue('t', 0);
    const [a, b, c] = [entry('a'), entry('b'), entry('c')];
    queue.add(a);
    queue.add(b);
    expect(names(queue.batch(100))).toBe('a b');
    queue.add(c);
    a.give();
    expect(names(queue.batch(100))).toBe('b');
    b.give();
    c.give();
    expect(names(queue.batch(100))).toBe('');
    expect(queue.isEmpty()).toBe(true);
  });

  it('halves what is too large as a whole, in order, down to one', () => {
    const queue = partitionQueue('t', 0);
    for (const name of ['a', 'b', 'c']) queue.add(entry(name));
    expect(names(queue.batch(100))).toBe('a b c');
    expect(queue.halve()).toBe(true);
    expect(names(queue.batch(100))).toBe('a b');
    expect(queue.halve()).toBe(true);
    expect(names(queue.batch(100))).toBe('a');
    expect(queue.halve()).toBe(false);
    queue.written(0);
    expect(names(queue.batch(100))).toBe('b c');
  });

  it('cuts what one caller gives into pieces, a larger message alone', () => {
    const message = (size: number) => ({ topic: 't', key: 'k', value: Buffer.alloc(size) });
    const cut = pieces([10, 10, 500, 10, 10, 10].map(message), 120);
    expect(cut.map((piece) => piece.messages.map(({ value }) => value?.length))).toEqual([[10, 10], [500], [10, 10], [10]]);
  });
});
