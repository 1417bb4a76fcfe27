import { Fault, topics } from '@hookyard/event-schemas';
import type { Clock, DueQueue, MessageBus } from '@hookyard/ports';
import type { Log, Metrics } from '@hookyard/runtime';

export type PressureLimits = {
  /** Messages of topic `events` that may wait for the matcher. */
  readonly maxUnmatchedEvents: number;
  /** Messages of topic `deliveries` that may wait for the dispatcher. */
  readonly maxUnsentMessages: number;
  /** Messages of topic `attempts` that may wait for the delivery log. */
  readonly maxUnrecordedAttempts: number;
  /** Deliveries that may wait in the due queue: retries, and what endpoints cannot take as fast as it comes. */
  readonly maxWaitingDeliveries: number;
  readonly sampleEveryMs: number;
};

export type Pressure = {
  /** Throws `Fault('overloaded')` while the pipeline behind the intake is full. */
  readonly check: () => void;
  readonly stop: () => void;
};

export const PRESSURE = Symbol('Pressure');

/** One place behind the intake where work waits. */
type Watched = { readonly place: string; readonly inWords: string; readonly most: number; readonly count: () => Promise<number> };

/** Nobody should wait longer than this before trying again, however full it is. */
const longestRetryAfterS = 30;

export type PressurePorts = { readonly bus: MessageBus; readonly dueQueue: Pick<DueQueue, 'count'>; readonly clock: Clock; readonly log: Log; readonly metrics: Metrics };

/** Samples how far the pipeline is behind. What could not be sampled counts as it was before. */
export function watchPressure({ bus, dueQueue, clock, log, metrics }: PressurePorts, limits: PressureLimits): Pressure {
  const lagOf = async (group: string, topic: string): Promise<number> => (await bus.lag(group, topic)).reduce((sum, { messages }) => sum + messages, 0);
  const partitions = async (): Promise<number[]> => Array.from({ length: await bus.partitions(topics.deliveries) }, (_, partition) => partition);
  const watched: readonly Watched[] = [
    { place: topics.events, inWords: 'events wait to be matched', most: limits.maxUnmatchedEvents, count: () => lagOf('matcher', topics.events) },
    { place: topics.deliveries, inWords: 'messages wait for the dispatcher', most: limits.maxUnsentMessages, count: () => lagOf('dispatcher', topics.deliveries) },
    { place: topics.attempts, inWords: 'attempts wait to be recorded', most: limits.maxUnrecordedAttempts, count: () => lagOf('delivery-log', topics.attempts) },
    { place: 'due', inWords: 'deliveries wait for their endpoints', most: limits.maxWaitingDeliveries, count: async () => dueQueue.count(await partitions()) },
  ];
  const waiting = new Map<Watched, number>();
  const gauge = metrics.gauge({ name: 'hookyard_intake_pressure', help: 'What waits behind the intake, as a share of its limit', labels: ['place'] });
  let stopped = false;
  let cancel = (): void => undefined;

  async function sample(): Promise<void> {
    for (const part of watched) {
      const count = await part.count();
      waiting.set(part, count);
      gauge.set({ place: part.place }, count / part.most);
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
        const count = waiting.get(part) ?? 0;
        if (count <= part.most) continue;
        const retryAfterS = Math.min(longestRetryAfterS, Math.ceil(count / part.most));
        throw new Fault('overloaded', { retryAfterS }, { message: `${count} ${part.inWords}; at most ${part.most} may. Try again later.` });
      }
    },
    stop() {
      stopped = true;
      cancel();
    },
  };
}
