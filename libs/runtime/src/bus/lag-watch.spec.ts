import type { Clock, MessageBus } from '@hookyard/ports';
import { createLog } from '../ops/log.ts';
import { createMetrics } from '../ops/metrics.ts';
import { watchLag } from './lag-watch.ts';

describe('the lag of a group', () => {
  let now = 0;
  let position = 5;
  let waiting = 3;
  const clock: Clock = { now: () => now, after: () => () => undefined };
  const bus = {
    lag: async () => [{ topic: 'events', partition: 1, messages: waiting }],
    committed: async () => new Map([[1, position]]),
  } as unknown as MessageBus;
  const metrics = createMetrics();
  const lag = watchLag({ bus, group: 'matcher', topics: ['events'], clock, metrics, log: createLog({ level: 'silent' }), patienceMs: 60_000 });
  const sampleAt = async (time: number) => {
    now = time;
    await lag.sample();
    return lag.state();
  };

  it('is fine while the position moves, however long the queue', async () => {
    expect(await sampleAt(0)).toEqual({ ok: true });
    position = 6;
    waiting = 900;
    expect(await sampleAt(61_000)).toEqual({ ok: true });
    expect(await metrics.registry.metrics()).toContain('hookyard_consumer_lag{group="matcher",topic="events"} 900');
  });

  it('is not fine when it stands still with work before it', async () => {
    expect(await sampleAt(61_000 + 60_001)).toEqual({ ok: false, detail: 'events/1 has 900 messages waiting and has not moved for 60 s' });
  });

  it('is fine again when there is nothing to do', async () => {
    waiting = 0;
    expect(await sampleAt(200_000)).toEqual({ ok: true });
    waiting = 1;
    expect(await sampleAt(400_000)).toEqual({ ok: true });
  });
});
