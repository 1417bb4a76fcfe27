export { SubscriptionsModule } from './subscriptions.module.ts';
export { SubscriptionsSettings } from './subscriptions.settings.ts';
