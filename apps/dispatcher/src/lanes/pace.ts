import type { Outcome } from '@hookyard/event-schemas';

/** How fast an endpoint is taken to be, learned from its answers. */
export type Pace = {
  /** Requests that may be on their way to it at once. */
  allowance: number;
  /** Moving average of an attempt, milliseconds; null before the first. */
  averageMs: number | null;
  /** Its last attempt took long: such endpoints together get a part of all slots only. */
  isSluggish: boolean;
};

const firstAllowance = 2;
const sluggishMs = 1_000;
// Weight of the newest attempt in the average: an endpoint that turns slow is known after a handful.
const newest = 0.25;

export const unknownPace = (most: number): Pace => ({ allowance: Math.min(firstAllowance, most), averageMs: null, isSluggish: false });

/**
 * An answer doubles the allowance up to `most`; silence halves it, down to 1. So a dead endpoint holds one slot for its timeout
 * at a time, and nobody else's.
 */
export function learn(pace: Pace, outcome: Outcome, durationMs: number, most: number): void {
  pace.allowance = outcome.kind === 'timed_out' ? Math.max(1, Math.floor(pace.allowance / 2)) : Math.min(most, pace.allowance * 2);
  pace.averageMs = pace.averageMs === null ? durationMs : pace.averageMs + newest * (durationMs - pace.averageMs);
  pace.isSluggish = durationMs > sluggishMs;
}

/**
 * How many of its deliveries are worth keeping in memory: those that go out within `patienceMs`, at most `most`.
 * Of an endpoint that has not answered yet nothing is known: it gets `most`, and what was too much is parked when it turns out slow.
 */
export function worthKeeping({ averageMs, allowance }: Pace, patienceMs: number, most: number): number {
  if (averageMs === null) return most;
  const inTime = Math.floor((allowance * patienceMs) / Math.max(averageMs, 1));
  return Math.min(Math.max(inTime, allowance), most);
}
