export { backoff, backoffMs } from './backoff.ts';
export { logBus } from './log-bus.ts';
export type * from './log.ts';
export { eventSubscription, type EventLog } from './subscription.ts';
export { withinBytes } from './within-bytes.ts';
