import { systemClock, type Clock, type DueQueue, type EventStore, type MessageBus, type ReadModels } from '@hookyard/ports';
import { memoryDueQueue } from './memory-due-queue.ts';
import { memoryEventStore } from './memory-event-store.ts';
import { memoryMessageBus } from './memory-message-bus.ts';
import { memoryReadModels } from './memory-read-models.ts';

export type MemoryEngine = {
  readonly bus: MessageBus;
  readonly store: EventStore;
  readonly models: ReadModels;
  readonly dueQueue: DueQueue;
  close(): Promise<void>;
};

/** All four ports in memory, on one clock. Nothing survives `close`. */
export function memoryEngine({ clock = systemClock }: { readonly clock?: Clock } = {}): MemoryEngine {
  const bus = memoryMessageBus({ clock });
  const store = memoryEventStore({ clock });
  const models = memoryReadModels({ clock });
  const dueQueue = memoryDueQueue();
  return {
    bus,
    store,
    models,
    dueQueue,
    async close() {
      // Consumers first: what they have in hand may still want the others.
      await bus.close();
      await store.close();
      await Promise.all([models.close(), dueQueue.close()]);
    },
  };
}
