export { memoryDueQueue } from './memory-due-queue.ts';
export { memoryEngine, type MemoryEngine } from './memory-engine.ts';
export { memoryEventStore } from './memory-event-store.ts';
export { memoryMessageBus } from './memory-message-bus.ts';
export { memoryReadModels } from './memory-read-models.ts';
