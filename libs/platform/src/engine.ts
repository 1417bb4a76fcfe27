import type { DueQueue, EventStore, MessageBus, ReadModels, Watched } from '@hookyard/ports';

/** The four ports of one engine. `close` writes out what is in hand and lets go of everything. */
export type Engine = {
  readonly bus: MessageBus;
  readonly eventStore: EventStore;
  readonly readModels: ReadModels;
  readonly dueQueue: DueQueue;
  /** What it is connected to, by name. */
  readonly servers?: Readonly<Record<string, Watched>>;
  close(): Promise<void>;
};
