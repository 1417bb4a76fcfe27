import { runService } from '@hookyard/platform';
import { SubscriptionsModule } from './subscriptions.module.ts';
import { SubscriptionsSettings } from './subscriptions.settings.ts';

await runService(SubscriptionsModule, SubscriptionsSettings);
