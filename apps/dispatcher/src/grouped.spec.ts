import { manualClock, until } from '@hookyard/ports/testing';
import { grouped } from './grouped.ts';

function gate(): { readonly open: () => void; readonly passed: Promise<void> } {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { open, passed };
}

describe('grouped work', () => {
  it('takes together what arrives while a group is in hand, in order', async () => {
    const groups: number[][] = [];
    const first = gate();
    const work = grouped<number>({
      clock: manualClock(), mostAtOnce: 3, onFailure: () => undefined,
      async work(items) {
        groups.push([...items]);
        if (groups.length === 1) await first.passed;
      },
    });
    work.add(1);
    await until(() => groups.length === 1);
    [2, 3, 4, 5].forEach((item) => work.add(item));
    expect(work.size()).toBe(5);
    first.open();
    await work.whenAtMost(0);
    expect(groups).toEqual([[1], [2, 3, 4], [5]]);
  });

  it('tries a failed group again, whole, after a pause, and only then goes on', async () => {
    const clock = manualClock();
    const seen: number[][] = [];
    const failures: unknown[] = [];
    const work = grouped<number>({
      clock, mostAtOnce: 10, onFailure: (error) => failures.push(error),
      async work(items) {
        seen.push([...items]);
        if (seen.length < 3) throw new Error('not now');
      },
    });
    work.add(1);
    await until(() => clock.timers() === 1);
    work.add(2);
    clock.advance(50);
    await until(() => seen.length === 2 && clock.timers() === 1);
    clock.advance(100);
    await work.whenAtMost(0);
    expect(seen).toEqual([[1], [1], [1], [2]]);
    expect(failures).toHaveLength(2);
  });

  it('tells when there is room', async () => {
    const first = gate();
    const work = grouped<number>({ clock: manualClock(), mostAtOnce: 1, onFailure: () => undefined, work: () => first.passed });
    await work.whenAtMost(0);
    work.add(1);
    work.add(2);
    let hasRoom = false;
    const room = work.whenAtMost(1).then(() => (hasRoom = true));
    await Promise.resolve();
    expect(hasRoom).toBe(false);
    first.open();
    await room;
    expect(work.size()).toBeLessThanOrEqual(1);
  });
});
