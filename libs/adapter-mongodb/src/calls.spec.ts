import { expectFault, manualClock, until } from '@hookyard/ports/testing';
import { MongoNetworkError, MongoServerError } from 'mongodb';
import { callsTo, type Limits } from './calls.ts';

/** Doubled: the server, by functions that fail; and the time. */
describe('a call', () => {
  function harness() {
    const clock = manualClock();
    const seen: string[] = [];
    const on = {
      answered: () => void seen.push('answered'),
      failed: (error: unknown) => void seen.push(error instanceof Error ? error.message : String(error)),
      retried: () => void seen.push('retried'),
      gaveUp: () => void seen.push('gave up'),
    };
    return { clock, seen, calls: callsTo({ clock, requestTimeoutMs: 3_000, on }) };
  }

  const silence = ({ signal }: Limits) => new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
  const passing = () => Promise.reject(new MongoNetworkError('cut'));

  it('is tried again after what passes, resting longer each time', async () => {
    const { clock, seen, calls } = harness();
    let tries = 0;
    const answer = calls.run(({ attempt }) => attempt(async () => ((tries += 1) < 3 ? passing() : 'there')));
    await until(() => seen.length === 1);
    clock.advance(50);
    await until(() => seen.length === 3);
    clock.advance(99);
    expect(tries).toBe(2);
    clock.advance(1);
    expect(await answer).toBe('there');
    expect(seen).toEqual(['cut', 'retried', 'cut', 'retried', 'answered']);
    expect(clock.timers()).toBe(0);
  });

  it('is not repeated after what stays', async () => {
    const { clock, seen, calls } = harness();
    const refused = new MongoServerError({ message: 'not authorised', code: 13 });
    await expect(calls.run(({ attempt }) => attempt(() => Promise.reject(refused)))).rejects.toBe(refused);
    expect(seen).toEqual([]);
    expect(clock.timers()).toBe(0);
  });

  it('gives an attempt a third of its time, and tells the server so', async () => {
    const { clock, seen, calls } = harness();
    const limits: Limits[] = [];
    const answer = calls.run(({ attempt }) => attempt(async (each) => (limits.push(each) < 2 ? silence(each) : 'there')));
    clock.advance(1_000);
    await until(() => seen.length === 1);
    clock.advance(50);
    expect(await answer).toBe('there');
    expect(limits.map(({ maxTimeMS, signal }) => [maxTimeMS, signal.aborted])).toEqual([[1_000, true], [1_000, false]]);
    expect(seen).toEqual(['no answer within 1000 ms', 'retried', 'answered']);
  });

  it('is refused when its time is over, in whatever it is then', async () => {
    const { clock, seen, calls } = harness();
    const resting = expectFault(calls.run(({ attempt }) => attempt(passing)), 'unavailable');
    const silent = expectFault(calls.run(({ attempt }) => attempt(silence), { attemptMs: 5_000 }), 'unavailable');
    const deaf = expectFault(calls.run(({ attempt }) => attempt(() => new Promise(() => undefined)), { attemptMs: 5_000 }), 'unavailable');
    await until(() => seen.includes('cut'));
    clock.advance(3_000);
    await Promise.all([resting, silent, deaf]);
    expect(seen.filter((each) => each === 'gave up')).toHaveLength(3);
    expect(clock.timers()).toBe(0);
  });

  it('says what failed last', async () => {
    const { clock, seen, calls } = harness();
    const call = calls.run(({ attempt }) => attempt(passing));
    await until(() => seen.includes('cut'));
    clock.advance(3_000);
    await expect(call).rejects.toMatchObject({ code: 'unavailable', cause: { message: 'cut' } });
  });

  it('shares its time among all that it asks', async () => {
    const { clock, calls } = harness();
    let asked = 0;
    const call = calls.run(async ({ attempt }) => {
      for (;;) await attempt(async ({ signal }) => ((asked += 1) > 2 ? silence({ signal, maxTimeMS: 0 }) : 'there'));
    }, { attemptMs: 5_000 });
    await until(() => asked === 3);
    clock.advance(3_000);
    await expectFault(call, 'unavailable');
  });

  it('ends at once when everything is abandoned, as does each that comes later', async () => {
    const { clock, calls } = harness();
    const waiting = [passing, silence].map((work) => expectFault(calls.run(({ attempt }) => attempt(work)), 'closed'));
    calls.abandon();
    await Promise.all(waiting);
    await expectFault(calls.run(({ attempt }) => attempt(async () => 'late')), 'closed');
    await calls.settled();
    expect(clock.timers()).toBe(0);
  });
});
