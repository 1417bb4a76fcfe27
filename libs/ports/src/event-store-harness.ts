import { randomUUID } from 'node:crypto';
import { afterEach } from '@jest/globals';
import { harness, type Open } from './contract-harness.ts';
import type { EventStore, EventSubscription, NewEvent, RecordedEvent, SubscribeOptions } from './event-store.ts';

/** What the suites of the event store share: subscriptions end with their test. */
export function storeHarness(open: Open<EventStore>) {
  const stores = harness(open);
  const running: EventSubscription[] = [];

  afterEach(async () => {
    await Promise.all(running.splice(0).map((each) => each.stop()));
  });

  return {
    ...stores,
    async subscribe(options: SubscribeOptions, on?: EventStore): Promise<EventSubscription> {
      const subscription = await (on ?? (await stores.port())).subscribe(options);
      running.push(subscription);
      return subscription;
    },
  };
}

/** Fresh events of these types, in order. */
export function facts(...types: readonly string[]): NewEvent[] {
  return types.map((type) => ({ id: randomUUID(), type, data: { of: type } }));
}

/** `count` fresh events of types `prefix-1`, `prefix-2`, … */
export function manyFacts(prefix: string, count: number): NewEvent[] {
  return facts(...Array.from({ length: count }, (_, at) => `${prefix}-${at + 1}`));
}

export function typesOf(events: readonly RecordedEvent[]): string[] {
  return events.map((event) => event.type);
}

/** Remembers what a subscription was given, and how often it was caught up. */
export function witness() {
  const seen: RecordedEvent[] = [];
  let caughtUp = 0;
  return {
    seen,
    types: () => typesOf(seen),
    caughtUp: () => caughtUp,
    handle: (events: readonly RecordedEvent[]): Promise<void> => {
      seen.push(...events);
      return Promise.resolve();
    },
    onCaughtUp: () => {
      caughtUp += 1;
    },
  };
}
