import { memoryEngine } from '@hookyard/adapter-memory';
import { isFault, topics } from '@hookyard/event-schemas';
import { manualClock, until } from '@hookyard/ports/testing';
import { createLog, createMetrics } from '@hookyard/runtime';
import { watchPressure, type Pressure, type PressureLimits } from './pressure.ts';

const roomy: PressureLimits = { maxUnmatchedEvents: 10, maxUnsentMessages: 10, maxUnrecordedAttempts: 10, maxWaitingDeliveries: 10, sampleEveryMs: 500 };

describe('the pressure behind the intake', () => {
  it.each([
    ['events wait to be matched', { maxUnmatchedEvents: 2 }, topics.events],
    ['messages wait for the dispatcher', { maxUnsentMessages: 2 }, topics.deliveries],
    ['attempts wait to be recorded', { maxUnrecordedAttempts: 2 }, topics.attempts],
  ])('refuses while too many %s', async (inWords, limit, topic) => {
    const { engine, pressure, sampled } = await watch(limit);
    await engine.bus.publish(Array.from({ length: 3 }, (_, at) => ({ topic, key: 'k', value: Buffer.from(String(at)) })));
    await sampled();
    expect(refusal(pressure)).toEqual({ message: `3 ${inWords}; at most 2 may. Try again later.`, retryAfterS: 2 });
  });

  it('refuses while too many deliveries wait for their endpoints, and lets in again when they are gone', async () => {
    const { engine, pressure, sampled } = await watch({ maxWaitingDeliveries: 1 });
    const waiting = ['a', 'b'].map((id) => ({ id, partition: 1, lane: 'wh', dueAt: 0, order: 0, revision: 1, value: Buffer.from(id) }));
    await engine.dueQueue.put(waiting);
    await sampled();
    expect(refusal(pressure)?.message).toContain('2 deliveries wait for their endpoints');
    await engine.dueQueue.complete(waiting);
    await sampled();
    expect(refusal(pressure)).toBeNull();
  });
});

async function watch(limits: Partial<PressureLimits>) {
  const clock = manualClock();
  const engine = memoryEngine();
  await engine.bus.declare([topics.events, topics.deliveries, topics.attempts].map((name) => ({ name, partitions: 2 })));
  let samples = 0;
  const dueQueue = { count: async (partitions: readonly number[]) => engine.dueQueue.count(partitions).finally(() => (samples += 1)) };
  const pressure = watchPressure({ ...engine, dueQueue, clock, log: createLog({ level: 'silent' }), metrics: createMetrics() }, { ...roomy, ...limits });
  /** A sample that began after the call has been taken. */
  const sampled = async (): Promise<void> => {
    const before = samples;
    await until(() => clock.timers() > 0);
    clock.advance(roomy.sampleEveryMs);
    await until(() => samples > before && clock.timers() > 0);
  };
  await sampled();
  return { engine, pressure, sampled };
}

function refusal(pressure: Pressure): { message: string; retryAfterS: unknown } | null {
  try {
    pressure.check();
    return null;
  } catch (error) {
    if (!isFault(error, 'overloaded')) throw error;
    return { message: error.message, retryAfterS: error.details['retryAfterS'] };
  }
}
