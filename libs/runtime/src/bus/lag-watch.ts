import type { Clock, MessageBus } from '@hookyard/ports';
import type { HealthState } from '../ops/health.ts';
import type { Log } from '../ops/log.ts';
import type { Metrics } from '../ops/metrics.ts';

export type LagWatch = {
  /** Samples once, now. */
  sample(): Promise<void>;
  /** Not ok while a partition has messages waiting and its position has not moved for longer than is patient. */
  state(): HealthState;
  stop(): void;
};

type Options = {
  readonly bus: MessageBus;
  readonly group: string;
  readonly topics: readonly string[];
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Between two samples. */
  readonly everyMs?: number;
  /** How long a position may stand still with work before it. Longer than the longest delivery attempt takes. */
  readonly patienceMs?: number;
};

type Place = { position: number; movedAt: number; waiting: number };

/** Samples how far a group is behind: as a gauge, and as a check that its lag moves. */
export function watchLag({ bus, group, topics, clock, metrics, log, everyMs = 5_000, patienceMs = 120_000 }: Options): LagWatch {
  const gauge = metrics.gauge({ name: 'hookyard_consumer_lag', help: 'Messages published and not yet consumed.', labels: ['group', 'topic'] });
  const places = new Map<string, Place>();
  let cancel = (): void => undefined;
  let stopped = false;

  async function sample(): Promise<void> {
    for (const topic of topics) {
      const [lags, committed] = await Promise.all([bus.lag(group, topic), bus.committed(group, topic)]);
      gauge.set({ group, topic }, lags.reduce((sum, { messages }) => sum + messages, 0));
      for (const { partition, messages } of lags) note(`${topic}/${partition}`, committed.get(partition) ?? 0, messages);
    }
  }

  function note(name: string, position: number, waiting: number): void {
    const place = places.get(name);
    const moved = place === undefined || place.position !== position || place.waiting === 0;
    places.set(name, { position, waiting, movedAt: moved ? clock.now() : place.movedAt });
  }

  function next(): void {
    if (stopped) return;
    cancel = clock.after(everyMs, () => {
      sample().catch((error: unknown) => log.warn({ err: error }, 'lag could not be sampled')).finally(next);
    });
  }

  next();
  return {
    sample,
    state() {
      for (const [name, { waiting, movedAt }] of places) {
        const stillMs = clock.now() - movedAt;
        if (waiting > 0 && stillMs > patienceMs) {
          return { ok: false, detail: `${name} has ${waiting} messages waiting and has not moved for ${Math.round(stillMs / 1000)} s` };
        }
      }
      return { ok: true };
    },
    stop() {
      stopped = true;
      cancel();
    },
  };
}
