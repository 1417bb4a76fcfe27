/** A document to store, conditional on its revision. Structurally the `Write` of the read models' port. */
export type ProjectedWrite<Document> = {
  readonly id: string;
  /** Stored only when greater than what is stored, so that repeats and late arrivals change nothing. */
  readonly revision: number;
  readonly document: Document;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
};

/**
 * From one message to the documents it leads to. Pure, and without a look at what is stored: every message says enough
 * for a whole document, and revisions decide among them. So batches cost no reads and their order does not matter.
 */
export type Projection<Input, Document> = (input: Input) => readonly ProjectedWrite<Document>[];

/** One write for each id: the greatest revision wins, and of equals the first, as it would one by one. */
export function newestWrites<Document>(writes: Iterable<ProjectedWrite<Document>>): readonly ProjectedWrite<Document>[] {
  const newest = new Map<string, ProjectedWrite<Document>>();
  for (const write of writes) {
    const other = newest.get(write.id);
    if (other === undefined || write.revision > other.revision) newest.set(write.id, write);
  }
  return [...newest.values()];
}
