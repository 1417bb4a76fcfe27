import { Fault } from '@hookyard/event-schemas';
import { manualClock, until } from '@hookyard/ports/testing';
import { pump, type PumpOptions } from './pump.ts';

/** Real: the pump. Doubled: an array as the log, a clock that tests move. Numbers are their own places. */
function numbers(options: Partial<PumpOptions<number>> = {}) {
  const clock = manualClock();
  const log: number[] = [];
  const calls: (readonly number[])[] = [];
  let reads = 0;
  const started = pump<number>({
    clock,
    from: 0,
    end: () => log.length,
    read(from, limit) {
      reads += 1;
      return log.slice(from, from + limit);
    },
    after: (item) => item + 1,
    limit: 3,
    handle: (items) => void calls.push(items),
    ...options,
  });
  const add = (count: number) => {
    for (let at = 0; at < count; at += 1) log.push(log.length);
    started.wake();
  };
  return { clock, calls, add, started, reads: () => reads };
}

describe('a pump', () => {
  it('reads only what is there, and sleeps without a timer', async () => {
    const { clock, calls, add, started, reads } = numbers();
    add(5);
    await started.progress.whenReached(5);
    expect(calls).toEqual([[0, 1, 2], [3, 4]]);
    add(1);
    await started.progress.whenReached(6);
    expect(reads()).toBe(3);
    expect(clock.timers()).toBe(0);
    await started.stop();
  });

  it('tries the same items again after 50 ms, doubling up to 5 s', async () => {
    const calls: (readonly number[])[] = [];
    const { clock, add, started } = numbers({
      handle(items) {
        calls.push(items);
        throw new Error('not yet');
      },
    });
    add(2);
    for (const [at, waitMs] of [50, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000].entries()) {
      await until(() => clock.timers() === 1);
      expect(calls).toHaveLength(at + 1);
      if (at === 0) add(4);
      clock.advance(waitMs - 1);
      expect(clock.timers()).toBe(1);
      clock.advance(1);
    }
    await until(() => clock.timers() === 1);
    expect(calls.every((items) => items.join() === '0,1')).toBe(true);
    await started.stop();
    expect(clock.timers()).toBe(0);
  });

  it('starts over with the shortest wait after a success', async () => {
    let failing = true;
    const { clock, add, started } = numbers({ handle: () => (failing ? Promise.reject(new Error('not yet')) : Promise.resolve()) });
    add(1);
    await until(() => clock.timers() === 1);
    clock.advance(50);
    await until(() => clock.timers() === 1);
    failing = false;
    clock.advance(100);
    await started.progress.whenReached(1);
    failing = true;
    add(1);
    await until(() => clock.timers() === 1);
    failing = false;
    clock.advance(50);
    await started.progress.whenReached(2);
    await started.stop();
  });

  it('passes over places that hold nothing any more', async () => {
    const { calls, add, started } = numbers({ read: (from) => (from < 4 ? [] : [4, 5].filter((item) => item >= from)) });
    add(6);
    await started.progress.whenReached(6);
    expect(calls).toEqual([]);
    await started.stop();
  });

  it('tries again what it has in hand although it was paused, and nothing else', async () => {
    let isPaused = false;
    const calls: (readonly number[])[] = [];
    const { clock, add, started } = numbers({
      limit: 1,
      isPaused: () => isPaused,
      handle(items) {
        calls.push(items);
        if (calls.length === 1) throw new Error('not yet');
      },
    });
    add(2);
    await until(() => clock.timers() === 1);
    isPaused = true;
    clock.advance(50);
    await started.progress.whenReached(1);
    isPaused = false;
    started.wake();
    await started.progress.whenReached(2);
    expect(calls).toEqual([[0], [0], [1]]);
    await started.stop();
  });

  it('ends when what it reads has been closed', async () => {
    const { clock, add, started } = numbers({ read: () => Promise.reject(new Fault('closed')) });
    add(1);
    await expect(started.progress.whenReached(1)).rejects.toMatchObject({ code: 'closed' });
    expect(clock.timers()).toBe(0);
    await started.stop();
  });

  it('tells each time that it has come to the end', async () => {
    let idle = 0;
    const { add, started } = numbers({ onIdle: () => (idle += 1) });
    await until(() => idle === 1);
    add(7);
    await until(() => idle === 2);
    expect(started.progress.position()).toBe(7);
    await started.stop();
  });
});
