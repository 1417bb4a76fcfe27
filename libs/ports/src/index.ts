export * from './clock.ts';
export * from './due-queue.ts';
export * from './event-store.ts';
export * from './message-bus.ts';
export * from './read-models.ts';
export * from './server-state.ts';
