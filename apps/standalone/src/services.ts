import { DeliveryLogModule, DeliveryLogSettings } from '@hookyard/delivery-log';
import { DispatcherModule, DispatcherSettings } from '@hookyard/dispatcher';
import { GatewayModule, GatewaySettings } from '@hookyard/gateway';
import { MatcherModule, MatcherSettings } from '@hookyard/matcher';
import type { Service } from '@hookyard/platform';
import { SubscriptionsModule, SubscriptionsSettings } from '@hookyard/subscriptions';

/** In the order of their start: who is asked before who asks, the intake last. They stop in reverse. */
export const services: readonly Service[] = [
  { module: SubscriptionsModule, settings: SubscriptionsSettings },
  { module: DeliveryLogModule, settings: DeliveryLogSettings },
  { module: DispatcherModule, settings: DispatcherSettings },
  { module: MatcherModule, settings: MatcherSettings },
  { module: GatewayModule, settings: GatewaySettings },
];

/** What this host sets otherwise than the services do: it listens on loopback only, and so do the receivers of who tries it out. */
export const defaults = { HOOKYARD_ALLOWED_NETWORKS: '127.0.0.0/8,::1/128' };
