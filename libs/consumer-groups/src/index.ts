export { backoff, backoffMs } from './backoff.ts';
export { logBus } from './log-bus.ts';
export type * from './log.ts';
export { progress, type Progress } from './progress.ts';
export { pump, type Pump } from './pump.ts';
export { eventSubscription, type EventLog } from './subscription.ts';
export { withinBytes } from './within-bytes.ts';
