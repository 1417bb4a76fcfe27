import { manualClock } from './manual-clock.ts';

describe('a manual clock', () => {
  it('runs what falls due in order of its time, each at its own time', () => {
    const clock = manualClock(1_000);
    const ran: string[] = [];
    clock.after(20, () => ran.push(`b at ${clock.now()}`));
    clock.after(10, () => {
      ran.push(`a at ${clock.now()}`);
      clock.after(5, () => ran.push(`set by a at ${clock.now()}`));
    });
    clock.after(31, () => ran.push('too late'));
    clock.advance(30);
    expect(ran).toEqual(['a at 1010', 'set by a at 1015', 'b at 1020']);
    expect(clock.now()).toBe(1_030);
    expect(clock.timers()).toBe(1);
  });

  it('does not run what was cancelled', () => {
    const clock = manualClock();
    const cancel = clock.after(1, () => {
      throw new Error('it ran');
    });
    cancel();
    cancel();
    clock.advance(10);
    expect(clock.timers()).toBe(0);
  });
});
