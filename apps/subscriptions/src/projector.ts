import { partitionOf, type ChangePosition } from '@hookyard/event-schemas';
import { streamStates, type Evolver } from '@hookyard/event-sourcing';
import type { Collection, CollectionSpec, Document, EventStore, MessageBus, ReadModels, RecordedEvent } from '@hookyard/ports';

/** Something whose state others see: its message in a compacted topic, and its document. Null: it is gone. */
export type Entry = {
  readonly key: string;
  readonly record: object | null;
  readonly collection: CollectionSpec;
  readonly id: string;
  readonly revision: number;
  readonly document: Document | null;
};

export type StreamProjection<State, Fact> = {
  readonly topic: ChangePosition['topic'];
  readonly streamPrefix: string;
  readonly collections: readonly CollectionSpec[];
  readonly evolver: Evolver<State, Fact>;
  /** The project decides the partition of all that belongs to it. Null for a stream without a state to show. */
  readonly projectOf: (state: State) => string | null;
  /** What the facts changed, as the state says it; the state may be newer than they are. */
  readonly entries: (state: State, facts: readonly Fact[]) => readonly Entry[];
};

export type Projector = {
  /** Waits until everything up to this place in the store can be seen; answers where the project's changes stand in the topic. */
  shown(project: string, position: number): Promise<ChangePosition>;
  /** Waits for the batch in hand. */
  stop(): Promise<void>;
};

export type ProjectorPorts = { readonly store: EventStore; readonly bus: MessageBus; readonly models: ReadModels };

/** How far each projector has come, by topic. `newest`: the last offset it published, by partition. */
const checkpointsCollection: CollectionSpec = { name: 'projectors_v1', fields: {}, indexes: [] };
type Checkpoint = { readonly position: number; readonly newest: Readonly<Record<string, number>> };

/**
 * Shows what the streams say: publishes records, stores documents, and only then moves its checkpoint. After a crash between
 * any two of these it does the last batch again, from the streams' state of now, which whoever reads it recognises by its revision.
 */
export async function startProjector<State, Fact>(
  { store, bus, models }: ProjectorPorts,
  projection: StreamProjection<State, Fact>,
  maxStreams: number,
): Promise<Projector> {
  const { topic, streamPrefix } = projection;
  const partitions = await bus.partitions(topic);
  const checkpoints = await models.collection<Checkpoint>(checkpointsCollection);
  const collections = new Map<string, Collection<Document>>();
  for (const spec of projection.collections) collections.set(spec.name, await models.collection(spec));

  const stored = (await checkpoints.get(topic))?.document;
  const newest = new Map(Object.entries(stored?.newest ?? {}).map(([partition, offset]) => [Number(partition), offset]));
  const states = streamStates(store, projection.evolver, maxStreams);

  async function handle(facts: readonly RecordedEvent[]): Promise<void> {
    const changed = await changesOf(facts);
    await Promise.all([publish(changed), ...[...collections].map(([name, collection]) => save(collection, ofCollection(changed, name)))]);
    const position = facts.at(-1)?.position ?? 0;
    await checkpoints.upsert([{ id: topic, revision: position, document: { position, newest: Object.fromEntries(newest) } }]);
  }

  async function changesOf(facts: readonly RecordedEvent[]): Promise<readonly PlacedEntry[]> {
    const after = await states.after(facts);
    return [...after].flatMap(([stream, state]) => {
      const project = projection.projectOf(state);
      if (project === null) return [];
      const own = facts.filter((fact) => fact.stream === stream) as unknown as readonly Fact[];
      const partition = partitionOf(project, partitions);
      return projection.entries(state, own).map((entry) => ({ ...entry, partition }));
    });
  }

  async function publish(entries: readonly PlacedEntry[]): Promise<void> {
    if (entries.length === 0) return;
    const messages = entries.map(({ key, partition, record }) => ({ topic, key, partition, value: record === null ? null : Buffer.from(JSON.stringify(record)) }));
    for (const { partition, offset } of await bus.publish(messages)) newest.set(partition, Math.max(offset, newest.get(partition) ?? 0));
  }

  const start = stored?.position;
  const subscription = await store.subscribe({ streamPrefix, handle, ...(start === undefined ? {} : { after: start }) });
  return {
    async shown(project, position) {
      if (start === undefined || position > start) await subscription.whenReached(position);
      const partition = partitionOf(project, partitions);
      return { topic, partition, offset: newest.get(partition) ?? -1 };
    },
    stop: () => subscription.stop(),
  };
}

type PlacedEntry = Entry & { readonly partition: number };

const ofCollection = (entries: readonly Entry[], name: string): readonly Entry[] => entries.filter(({ collection }) => collection.name === name);

async function save(collection: Collection<Document>, entries: readonly Entry[]): Promise<void> {
  const writes = entries.flatMap(({ id, revision, document }) => (document === null ? [] : [{ id, revision, document }]));
  const gone = entries.flatMap(({ id, document }) => (document === null ? [id] : []));
  if (writes.length > 0) await collection.upsert(writes);
  if (gone.length > 0) await collection.delete(gone);
}
