import type { ChangePosition } from '@hookyard/event-schemas';
import type { Evolver } from '@hookyard/event-sourcing';
import type { Collection, CollectionSpec, Document, RecordedEvent } from '@hookyard/ports';

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

export type ProjectEntry = Entry & { readonly project: string };

/** What facts of several streams changed, as the states of those say it. */
export function entriesOf<State, Fact>(
  projection: StreamProjection<State, Fact>,
  states: ReadonlyMap<string, State>,
  facts: readonly RecordedEvent[],
): readonly ProjectEntry[] {
  return [...states].flatMap(([stream, state]) => {
    const project = projection.projectOf(state);
    if (project === null) return [];
    const own = facts.filter((fact) => fact.stream === stream) as unknown as readonly Fact[];
    return projection.entries(state, own).map((entry) => ({ ...entry, project }));
  });
}

/** Stores the documents, and removes those that are gone. Entries of other collections than these are passed over. */
export async function saveEntries(collections: ReadonlyMap<string, Collection<Document>>, entries: readonly Entry[]): Promise<void> {
  await Promise.all([...collections].map(([name, collection]) => save(collection, entries.filter((entry) => entry.collection.name === name))));
}

async function save(collection: Collection<Document>, entries: readonly Entry[]): Promise<void> {
  const writes = entries.flatMap(({ id, revision, document }) => (document === null ? [] : [{ id, revision, document }]));
  const gone = entries.flatMap(({ id, document }) => (document === null ? [id] : []));
  if (writes.length > 0) await collection.upsert(writes);
  if (gone.length > 0) await collection.delete(gone);
}
