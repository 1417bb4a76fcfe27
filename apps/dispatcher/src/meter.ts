import type { AttemptRecord } from '@hookyard/event-schemas';
import type { Metrics } from '@hookyard/runtime';

/** What the dispatcher counts. */
export type Meter = {
  /** An attempt was made, or a delivery cancelled. */
  recorded(record: AttemptRecord, acceptedAt: number): void;
  parked(): void;
  inFlight(count: number): void;
  waiting(count: number): void;
};

export const noMeter: Meter = { recorded: () => undefined, parked: () => undefined, inFlight: () => undefined, waiting: () => undefined };

export function dispatcherMeter(metrics: Metrics): Meter {
  const attempts = metrics.counter({ name: 'hookyard_attempts_total', help: 'Attempts made, by what came of them.', labels: ['outcome'] });
  const ended = metrics.counter({ name: 'hookyard_deliveries_ended_total', help: 'Deliveries that ended, by how.', labels: ['status'] });
  const retries = metrics.counter({ name: 'hookyard_retries_scheduled_total', help: 'Attempts that led to another one.' });
  const parked = metrics.counter({ name: 'hookyard_deliveries_parked_total', help: 'Deliveries put aside because their lane had no room.' });
  const inFlight = metrics.gauge({ name: 'hookyard_deliveries_in_flight', help: 'Deliveries away or being recorded.' });
  const waiting = metrics.gauge({ name: 'hookyard_deliveries_waiting', help: 'Deliveries that wait in the due queue: retries and parked ones.' });
  const untilFirst = metrics.histogram({ name: 'hookyard_first_attempt_seconds', help: 'From an event accepted to the first attempt of a delivery of it.' });
  const request = metrics.histogram({ name: 'hookyard_request_seconds', help: 'Duration of an attempt.' });
  return {
    recorded(record, acceptedAt) {
      if (record.status === 'retrying') retries.inc();
      else ended.inc({ status: record.status });
      if (record.record === 'cancelled') return;
      attempts.inc({ outcome: record.outcome.kind });
      request.observe(record.durationMs / 1_000);
      if (record.attempt === 1 && record.trigger === 'event') untilFirst.observe(Math.max(record.startedAt - acceptedAt, 0) / 1_000);
    },
    parked: () => parked.inc(),
    inFlight: (count) => inFlight.set(count),
    waiting: (count) => waiting.set(count),
  };
}
