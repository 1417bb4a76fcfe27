import { manualClock, until } from '@hookyard/ports/testing';
import { createLog } from '@hookyard/runtime';
import { sweepEvents } from './sweep-events.ts';

const everyMs = 60_000;
const log = createLog({ level: 'silent' });

describe('the sweep of expired events', () => {
  it('removes them piece by piece, again after a while, also after a failure, until it is stopped', async () => {
    const clock = manualClock();
    const answers: (number | Error)[] = [1_000, 1_000, 12, new Error('busy'), 0];
    const asked: number[] = [];
    const sweep = async (now: number): Promise<number> => {
      asked.push(now);
      const answer = answers.shift() ?? 0;
      if (answer instanceof Error) throw answer;
      return answer;
    };
    const began = clock.now();
    const running = sweepEvents({ sweep }, { clock, log, everyMs });
    for (const _ of [1, 2, 3]) {
      await until(() => clock.timers() === 1);
      clock.advance(everyMs);
    }
    await until(() => clock.timers() === 1);
    expect(asked.map((at) => (at - began) / everyMs)).toEqual([1, 1, 1, 2, 3]);
    await running.stop();
    expect(clock.timers()).toBe(0);
  });
});
