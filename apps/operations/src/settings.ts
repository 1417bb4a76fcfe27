import { DeliveryLogSettings } from '@hookyard/delivery-log';
import { DispatcherSettings } from '@hookyard/dispatcher';
import { GatewaySettings } from '@hookyard/gateway';
import { MatcherSettings } from '@hookyard/matcher';
import { OpsSettings } from '@hookyard/platform';
import type { SettingsClass } from '@hookyard/runtime';
import { SubscriptionsSettings } from '@hookyard/subscriptions';

/** Of all services: the environment of any of them, or of the host, can be given as it is. */
export const settingsOfAll: readonly SettingsClass[] = [SubscriptionsSettings, DeliveryLogSettings, DispatcherSettings, MatcherSettings, GatewaySettings, OpsSettings];
