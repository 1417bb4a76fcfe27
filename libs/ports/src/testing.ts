export { expectFault, freshName, gate, type Capabilities, type Open, type Opened } from './contract-harness.ts';
export { dueQueueContract } from './due-queue.contract.ts';
export { eventStoreContract } from './event-store.contract.ts';
export { manualClock, type ManualClock } from './manual-clock.ts';
export { messageBusContract } from './message-bus.contract.ts';
export { readModelsContract } from './read-models.contract.ts';
export { until } from './until.ts';
