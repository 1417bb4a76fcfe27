import type { Log } from '@hookyard/runtime';
import type { ClusterSettings } from './cluster.settings.ts';
import type { Engine } from './engine.ts';
import type { EngineName } from './platform.settings.ts';

/** Whether several processes can share the engine. */
export const isShared: Readonly<Record<EngineName, boolean>> = { embedded: false, cluster: true, memory: false };

export type EngineOptions = {
  readonly name: EngineName;
  /** Where the embedded engine keeps its data. */
  readonly folder: string;
  readonly cluster: ClusterSettings;
  /** How servers see this process. */
  readonly clientId: string;
  readonly log: Log;
  /** The engine broke for good, and the process had better be started anew. */
  readonly onLost: (error: Error) => void;
};

/** The only place that names adapters; each, with its driver, is loaded when it is asked for. */
export async function openEngine({ name, folder, cluster, clientId, log, onLost }: EngineOptions): Promise<Engine> {
  switch (name) {
    case 'embedded': {
      const { openSqliteEngine } = await import('@hookyard/adapter-sqlite');
      return openSqliteEngine({ folder, onWriterLost: onLost });
    }
    case 'cluster': {
      const { openClusterEngine } = await import('./cluster-engine.ts');
      return openClusterEngine({ settings: cluster, clientId, log });
    }
    case 'memory': {
      const { memoryEngine } = await import('@hookyard/adapter-memory');
      const { store: eventStore, models: readModels, ...others } = memoryEngine();
      return { ...others, eventStore, readModels };
    }
  }
}
