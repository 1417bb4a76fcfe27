import { Fault, topics } from '@hookyard/event-schemas';
import type { Clock, MessageBus } from '@hookyard/ports';
import type { Log, Metrics } from '@hookyard/runtime';

export type PressureLimits = {
  /** Messages of topic `events` that may wait for the matcher. */
  readonly maxUnmatchedEvents: number;
  /** Messages of topic `deliveries` that may wait for the dispatcher. */
  readonly maxUnsentMessages: number;
  readonly sampleEveryMs: number;
};

export type Pressure = {
  /** Throws `Fault('overloaded')` while the pipeline behind the intake is full. */
  readonly check: () => void;
  readonly stop: () => void;
};

export const PRESSURE = Symbol('Pressure');

type Watched = { readonly group: string; readonly topic: string; readonly most: number };

/** Nobody should wait longer than this before trying again, however full it is. */
const longestRetryAfterS = 30;

/** Samples how far the pipeline is behind. What could not be sampled counts as it was before. */
export function watchPressure(
  ports: { readonly bus: MessageBus; readonly clock: Clock; readonly log: Log; readonly metrics: Metrics },
  limits: PressureLimits,
): Pressure {
  const { bus, clock, log, metrics } = ports;
  const watched: readonly Watched[] = [
    { group: 'matcher', topic: topics.events, most: limits.maxUnmatchedEvents },
    { group: 'dispatcher', topic: topics.deliveries, most: limits.maxUnsentMessages },
  ];
  const waiting = new Map<Watched, number>();
  const gauge = metrics.gauge({ name: 'hookyard_intake_pressure', help: 'Messages waiting behind the intake, as a share of the limit', labels: ['topic'] });
  let stopped = false;
  let cancel = (): void => undefined;

  async function sample(): Promise<void> {
    for (const part of watched) {
      const lag = await bus.lag(part.group, part.topic);
      const messages = lag.reduce((sum, partition) => sum + partition.messages, 0);
      waiting.set(part, messages);
      gauge.set({ topic: part.topic }, messages / part.most);
    }
  }

  async function again(): Promise<void> {
    await sample().catch((error: unknown) => log.warn({ err: error }, 'the lag of the pipeline could not be read'));
    if (!stopped) cancel = clock.after(limits.sampleEveryMs, () => void again());
  }
  void again();

  return {
    check() {
      for (const part of watched) {
        const messages = waiting.get(part) ?? 0;
        if (messages <= part.most) continue;
        const retryAfterS = Math.min(longestRetryAfterS, Math.ceil(messages / part.most));
        throw new Fault('overloaded', { retryAfterS }, { message: `${messages} messages wait for the ${part.group}; at most ${part.most} may. Try again later.` });
      }
    },
    stop() {
      stopped = true;
      cancel();
    },
  };
}
