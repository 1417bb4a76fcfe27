import type { DueQueue, EventStore, MessageBus, ReadModels } from '@hookyard/ports';
import type { EngineName } from './platform.settings.ts';

/** The four ports of one engine. `close` writes out what is in hand and lets go of everything. */
export type Engine = {
  readonly bus: MessageBus;
  readonly eventStore: EventStore;
  readonly readModels: ReadModels;
  readonly dueQueue: DueQueue;
  close(): Promise<void>;
};

/** Whether several processes can share the engine. */
export const isShared: Readonly<Record<EngineName, boolean>> = { embedded: false, memory: false };

/** The only place that names adapters; each is loaded when it is asked for. `onLost`: the engine broke for good, and the process had better be started anew. */
export async function openEngine(name: EngineName, folder: string, onLost: (error: Error) => void): Promise<Engine> {
  switch (name) {
    case 'embedded': {
      const { openSqliteEngine } = await import('@hookyard/adapter-sqlite');
      return openSqliteEngine({ folder, onWriterLost: onLost });
    }
    case 'memory': {
      const { memoryEngine } = await import('@hookyard/adapter-memory');
      const { store: eventStore, models: readModels, ...others } = memoryEngine();
      return { ...others, eventStore, readModels };
    }
  }
}
