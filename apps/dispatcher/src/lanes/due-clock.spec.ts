import { manualClock } from '@hookyard/ports/testing';
import { dueClock } from './due-clock.ts';

describe('the due clock', () => {
  it('wakes each at its time, in order, with one timer', () => {
    const clock = manualClock(0);
    const woken: (readonly [string, number])[] = [];
    const alarm = dueClock<string>(clock, (name) => woken.push([name, clock.now()]));
    for (const [name, at] of [['c', 300], ['a', 100], ['d', 400], ['b', 200]] as const) alarm.set(name, at);
    expect(clock.timers()).toBe(1);
    clock.advance(350);
    expect(woken).toEqual([['a', 100], ['b', 200], ['c', 300]]);
    clock.advance(100);
    expect(woken).toHaveLength(4);
    expect(clock.timers()).toBe(0);
  });

  it('goes by the time set last, and wakes nobody who was forgotten', () => {
    const clock = manualClock(0);
    const woken: string[] = [];
    const alarm = dueClock<string>(clock, (name) => woken.push(name));
    alarm.set('late', 100);
    alarm.set('late', 500);
    alarm.set('early', 500);
    alarm.set('early', 100);
    alarm.set('gone', 50);
    alarm.forget('gone');
    clock.advance(400);
    expect(woken).toEqual(['early']);
    clock.advance(400);
    expect(woken).toEqual(['early', 'late']);
  });

  it('may be set again while it wakes', () => {
    const clock = manualClock(0);
    let times = 0;
    const alarm = dueClock<string>(clock, (name) => {
      times += 1;
      if (times < 3) alarm.set(name, clock.now() + 10);
    });
    alarm.set('again', 10);
    clock.advance(100);
    expect(times).toBe(3);
  });

  it('notices within a minute that the machine was set forward', () => {
    const clock = manualClock(0);
    let shift = 0;
    const woken: string[] = [];
    const alarm = dueClock<string>({ ...clock, now: () => clock.now() + shift }, (name) => woken.push(name));
    alarm.set('x', 3_600_000);
    clock.advance(1_000);
    shift = 3_600_000;
    clock.advance(60_000);
    expect(woken).toEqual(['x']);
  });

  it('keeps its order over many that are set, changed and forgotten', () => {
    const clock = manualClock(0);
    const woken: number[] = [];
    const times = new Map<number, number>();
    const alarm = dueClock<number>(clock, (name) => woken.push(name));
    for (let turn = 0; turn < 5_000; turn += 1) {
      const name = (turn * 7_919) % 400;
      const at = 1 + ((turn * 104_729) % 10_000);
      times.set(name, at);
      alarm.set(name, at);
      if (turn % 50 === 0) {
        times.delete(name);
        alarm.forget(name);
      }
    }
    clock.advance(20_000);
    const wokenAt = woken.map((name) => times.get(name) ?? -1);
    expect(wokenAt).toEqual([...times.values()].sort((one, other) => one - other));
  });
});
