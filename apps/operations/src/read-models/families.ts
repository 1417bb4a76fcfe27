import { DeliveryLogSettings } from '@hookyard/delivery-log';
import { MatcherSettings } from '@hookyard/matcher';
import type { Clock, EventStore, MessageBus, ReadModels } from '@hookyard/ports';
import { shownStreams, SubscriptionsSettings } from '@hookyard/subscriptions';
import { eventsFamily } from './events.ts';
import type { Family } from './family.ts';
import { historyFamily } from './history.ts';
import { streamsFamily } from './streams.ts';

const dayMs = 86_400_000;

/** What the read models depend on, beside their sources: the settings of the services that keep them. */
export type Keeping = { readonly historyDays: number; readonly eventDays: number; readonly maxStreams: number };

/** Found among the settings of an installation; defaults where they are not. */
export function keepingOf(settings: readonly object[]): Keeping {
  const of = <Class extends object>(type: new () => Class): Class => settings.find((each): each is Class => each instanceof type) ?? new type();
  return {
    historyDays: of(DeliveryLogSettings).historyDays,
    eventDays: of(MatcherSettings).eventDays,
    maxStreams: of(SubscriptionsSettings).subscriptionsRememberedStreams,
  };
}

export type Sources = {
  readonly engine: { readonly bus: MessageBus; readonly eventStore: EventStore; readonly readModels: ReadModels };
  readonly clock: Clock;
  readonly keeping: Keeping;
};

/** Every read model there is. */
export function families({ engine, clock, keeping }: Sources): readonly Family[] {
  const { bus, eventStore: store, readModels: models } = engine;
  return [
    ...shownStreams.map((shown) => streamsFamily(shown, { store, models, maxStreams: keeping.maxStreams })),
    eventsFamily(bus, clock, keeping.eventDays * dayMs),
    historyFamily(bus, keeping.historyDays * dayMs),
  ];
}
