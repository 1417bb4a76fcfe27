export { SubscriptionsModule } from './subscriptions.module.ts';
export { SubscriptionsSettings } from './subscriptions.settings.ts';
export { shownStreams, type ShownStreams } from './shown-streams.ts';
export { saveEntries } from './stream-projection.ts';
