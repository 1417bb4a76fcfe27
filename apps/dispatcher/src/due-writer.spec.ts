/** Real: the writer. Doubled: the due queue, which keeps what it was asked for and answers when a test lets it. */
import type { DueItem } from '@hookyard/ports';
import { manualClock, until } from '@hookyard/ports/testing';
import { dueWriter } from './due-writer.ts';
import type { Job } from './job.ts';

const mib = 1024 * 1024;

function job(key: string, data: Buffer): Job {
  return {
    key, partition: 0, offset: 0, made: 0, weight: 1_000, place: null, isQueued: false, stage: 'waiting', data,
    head: { event: { id: '1', source: '/s', type: 't', project: 'p' }, eventId: 'evt_1', origin: { partition: 0, offset: 0 }, sequence: 1, acceptedAt: 0, matchedAt: 0 },
    order: { id: key, webhookId: 'wh_1', webhookRevision: 0 },
  };
}

function scene() {
  const puts: (readonly DueItem[])[] = [];
  let answer = (): void => undefined;
  const due = {
    put(items: readonly DueItem[]) {
      puts.push(items);
      return new Promise<void>((resolve) => (answer = resolve));
    },
    complete: async () => undefined,
  };
  const writer = dueWriter({ due, clock: manualClock(), onFailure: () => undefined });
  return { puts, writer, answer: () => answer() };
}

describe('the writer of the due queue', () => {
  it('writes deliveries of a large event a few at a time, in order, and is done when all are durable', async () => {
    const { puts, writer, answer } = scene();
    const data = Buffer.alloc(mib);
    const keys = Array.from({ length: 10 }, (_, n) => `d${n}`);
    const done: string[] = [];
    for (const key of keys) writer.put({ job: job(key, data), made: 0, dueAt: 0 }, () => done.push(key));
    for (const written of [1, 2, 3]) {
      await until(() => puts.length === written);
      expect(done).toEqual([]);
      answer();
    }
    await writer.whenAtMost(0);
    expect(puts.map((items) => items.length)).toEqual([4, 4, 2]);
    expect(puts.flat().map(({ id }) => id)).toEqual(keys);
    expect(done).toEqual(keys);
  });

  it('tells when what waits holds little enough memory', async () => {
    const { puts, writer, answer } = scene();
    let isRoomy = false;
    for (const key of ['d1', 'd2']) writer.put({ job: job(key, Buffer.alloc(1)), made: 0, dueAt: 0 }, () => undefined);
    await until(() => puts.length === 1);
    writer.put({ job: job('d3', Buffer.alloc(1)), made: 0, dueAt: 0 }, () => undefined);
    const roomy = writer.whenAtMost(2_999).then(() => (isRoomy = true));
    await writer.whenAtMost(3_000);
    expect(isRoomy).toBe(false);
    answer();
    await roomy;
    expect(isRoomy).toBe(true);
    await until(() => puts.length === 2);
    answer();
    await writer.whenAtMost(0);
  });
});
