import { isFault, partitionOf, type ChangePosition } from '@hookyard/event-schemas';
import { streamStates } from '@hookyard/event-sourcing';
import type { Clock, Collection, CollectionSpec, Consumption, Document, EventStore, EventSubscription, MessageBus, ReadModels, RecordedEvent } from '@hookyard/ports';
import { entriesOf, saveEntries, type ProjectEntry, type StreamProjection } from './stream-projection.ts';

export type Projector = {
  /**
   * Waits until everything up to this place, of a stream that it shows, can be seen, whichever instance shows it; answers where the project's
   * changes stand in the topic. Rejects after 3 s when none does.
   */
  shown(project: string, position: number): Promise<ChangePosition>;
  /** From now on it is this instance that shows. What it publishes goes through the consumption, so that nobody else can at the same time. */
  begin(consumption: Pick<Consumption, 'commit'>): Promise<void>;
  /** It no longer is. Waits for the batch in hand. */
  end(): Promise<void>;
};

export type ProjectorPorts = { readonly store: EventStore; readonly bus: MessageBus; readonly models: ReadModels; readonly clock: Clock; readonly onFailure: (error: unknown) => void };

/** How far each projector has come, by topic. `newest`: the last offset it published, by partition. */
const checkpointsCollection: CollectionSpec = { name: 'projectors_v1', fields: {}, indexes: [] };
type Checkpoint = { readonly position: number; readonly newest: Readonly<Record<string, number>> };

/** Asked only while an answer waits for what another instance shows. */
const lookEveryMs = 20;
const longestLookMs = 3_000;

/** Everything up to this position of the store has been shown; −1 when nothing has. */
export async function shownUpTo(models: ReadModels, { topic }: Pick<StreamProjection<never, never>, 'topic'>): Promise<number> {
  const checkpoints = await models.collection<Checkpoint>(checkpointsCollection);
  return (await checkpoints.get(topic))?.document.position ?? -1;
}

type Showing = { readonly subscription: EventSubscription; readonly checkpoint: () => Checkpoint };

/**
 * Shows what the streams say: publishes records, stores documents, and only then moves its checkpoint. After a crash between
 * any two of these it does the last batch again, from the streams' state of now, which whoever reads it recognises by its revision.
 * Of all instances one shows at a time: an older record published behind a newer one would be what is left after compaction.
 */
export async function openProjector<State, Fact>(ports: ProjectorPorts, projection: StreamProjection<State, Fact>, maxStreams: number): Promise<Projector> {
  const { store, bus, models, clock, onFailure } = ports;
  const { topic, streamPrefix } = projection;
  const partitions = await bus.partitions(topic);
  const checkpoints = await models.collection<Checkpoint>(checkpointsCollection);
  const collections = new Map<string, Collection<Document>>();
  for (const spec of projection.collections) collections.set(spec.name, await models.collection(spec));
  let showing: Showing | null = null;

  const stored = async (): Promise<Checkpoint> => (await checkpoints.get(topic))?.document ?? { position: -1, newest: {} };

  async function show(consumption: Pick<Consumption, 'commit'>): Promise<Showing> {
    const states = streamStates(store, projection.evolver, maxStreams);
    let checkpoint = await stored();

    async function handle(facts: readonly RecordedEvent[]): Promise<void> {
      const changed = changesOf(await states.after(facts), facts);
      const [newest] = await Promise.all([publish(consumption, changed, checkpoint.newest), saveEntries(collections, changed)]);
      checkpoint = { position: facts.at(-1)?.position ?? checkpoint.position, newest };
      await checkpoints.upsert([{ id: topic, revision: checkpoint.position, document: checkpoint }]);
    }

    const start = checkpoint.position;
    const handleOrTell = (facts: readonly RecordedEvent[]): Promise<void> =>
      handle(facts).catch((error: unknown) => {
        onFailure(error);
        throw error;
      });
    const subscription = await store.subscribe({ streamPrefix, handle: handleOrTell, ...(start < 0 ? {} : { after: start }) });
    return { subscription, checkpoint: () => checkpoint };
  }

  function changesOf(states: ReadonlyMap<string, State>, facts: readonly RecordedEvent[]): readonly PlacedEntry[] {
    return entriesOf(projection, states, facts).map((entry) => ({ ...entry, partition: partitionOf(entry.project, partitions) }));
  }

  async function publish({ commit }: Pick<Consumption, 'commit'>, entries: readonly PlacedEntry[], before: Checkpoint['newest']): Promise<Checkpoint['newest']> {
    if (entries.length === 0) return before;
    const messages = entries.map(({ key, partition, record }) => ({ topic, key, partition, value: record === null ? null : Buffer.from(JSON.stringify(record)) }));
    const newest = { ...before };
    for (const { partition, offset } of await commit([], messages)) newest[partition] = Math.max(offset, newest[partition] ?? 0);
    return newest;
  }

  /** Null: not yet, look again. */
  async function reached(position: number): Promise<Checkpoint | null> {
    if (showing === null) {
      const checkpoint = await stored();
      return checkpoint.position >= position ? checkpoint : null;
    }
    const { subscription, checkpoint } = showing;
    try {
      if (checkpoint().position < position) await subscription.whenReached(position);
      return checkpoint();
    } catch (error) {
      // It stopped showing: another instance does, or will.
      if (isFault(error, 'closed')) return null;
      throw error;
    }
  }

  async function end(): Promise<void> {
    const ending = showing;
    showing = null;
    await ending?.subscription.stop();
  }

  return {
    async shown(project, position) {
      for (let looks = 0; looks * lookEveryMs < longestLookMs; looks += 1) {
        const checkpoint = await reached(position);
        const partition = partitionOf(project, partitions);
        if (checkpoint !== null) return { topic, partition, offset: checkpoint.newest[partition] ?? -1 };
        await new Promise<void>((resolve) => void clock.after(lookEveryMs, resolve));
      }
      throw new Error(`no instance has shown what was recorded at ${position} for ${longestLookMs} ms`);
    },
    async begin(consumption) {
      await end();
      showing = await show(consumption);
    },
    end,
  };
}

type PlacedEntry = ProjectEntry & { readonly partition: number };
