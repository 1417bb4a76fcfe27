/** Real: the sweeps. Doubled: time, moved by hand; collections that only count. May be asserted: when what is swept. */
import { manualClock, until } from '@hookyard/ports/testing';
import { createLog } from './log.ts';
import { sweepExpired } from './sweep-expired.ts';

const log = createLog({ level: 'silent' });

function expiring(count: number) {
  const calls: number[] = [];
  return {
    calls,
    left: () => count,
    async sweep(now: number, limit: number) {
      calls.push(now);
      const removed = Math.min(count, limit);
      count -= removed;
      return removed;
    },
  };
}

describe('sweeps', () => {
  it('remove all that has expired, a thousand at a time, and come again', async () => {
    const clock = manualClock(0);
    const collections = [expiring(2_500), expiring(0)];
    const sweeps = sweepExpired(collections, { clock, everyMs: 60_000, log });
    clock.advance(59_999);
    expect(collections.map(({ calls }) => calls.length)).toEqual([0, 0]);
    clock.advance(1);
    await until(() => clock.timers() === 1);
    expect(collections.map(({ calls }) => calls.length)).toEqual([3, 1]);
    expect(collections[0]?.left()).toBe(0);
    clock.advance(60_000);
    await until(() => clock.timers() === 1);
    expect(collections[1]?.calls).toEqual([60_000, 120_000]);
    await sweeps.stop();
    expect(clock.timers()).toBe(0);
  });

  it('go on after one that failed', async () => {
    const clock = manualClock(0);
    const healthy = expiring(10);
    let failures = 1;
    const failing = { sweep: (now: number, limit: number) => (failures-- > 0 ? Promise.reject(new Error('unreachable')) : healthy.sweep(now, limit)) };
    const sweeps = sweepExpired([failing], { clock, everyMs: 1_000, log });
    clock.advance(1_000);
    await until(() => clock.timers() === 1);
    expect(healthy.left()).toBe(10);
    clock.advance(1_000);
    await until(() => clock.timers() === 1);
    expect(healthy.left()).toBe(0);
    await sweeps.stop();
  });

  it('end in the middle when they are stopped, with what is in hand', async () => {
    const clock = manualClock(0);
    const much = expiring(1_000_000);
    const sweeps = sweepExpired([much], { clock, everyMs: 1_000, log });
    clock.advance(1_000);
    await sweeps.stop();
    expect(much.calls).toHaveLength(1);
    expect(clock.timers()).toBe(0);
  });
});
