import type { Metrics } from '@hookyard/runtime';

export type MatcherMetrics = {
  readonly arrived: (batch: { readonly events: number; readonly repeats: number; readonly unreadable: number }) => void;
  /** One event was matched, so many milliseconds after it was accepted. */
  readonly matched: (webhooks: number, waitedMs: number) => void;
  /** So many webhooks are in the index. */
  readonly indexed: (webhooks: number) => void;
};

export function matcherMetrics(metrics: Metrics): MatcherMetrics {
  const events = metrics.counter({ name: 'hookyard_matcher_events_total', help: 'Events that reached the matcher, repeats included' });
  const repeats = metrics.counter({ name: 'hookyard_matcher_repeats_total', help: 'Events ignored because their source and id came before' });
  const unreadable = metrics.counter({ name: 'hookyard_matcher_dead_letters_total', help: 'Messages that were no events' });
  const deliveries = metrics.counter({ name: 'hookyard_matcher_deliveries_total', help: 'Deliveries ordered: pairs of an event and a webhook that it concerns' });
  const waited = metrics.histogram({ name: 'hookyard_accepted_to_matched_seconds', help: 'From the acceptance of an event until it was matched' });
  const webhooks = metrics.gauge({ name: 'hookyard_matcher_webhooks', help: 'Webhooks that events are matched against, disabled ones included' });
  return {
    arrived(batch) {
      events.inc(batch.events);
      repeats.inc(batch.repeats);
      unreadable.inc(batch.unreadable);
    },
    matched(count, waitedMs) {
      deliveries.inc(count);
      waited.observe(waitedMs / 1_000);
    },
    indexed: (count) => webhooks.set(count),
  };
}
