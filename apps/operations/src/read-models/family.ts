import type { Collection, CollectionSpec, Document, Stored } from '@hookyard/ports';

/** The collections to project into, by the names of the read models. Those that are not there are passed over. */
export type Into = ReadonlyMap<string, Collection<Document>>;

/** A way through a source that remembers how far it has come. */
export interface Projecting {
  /** Projects all that has come since the last call, up to the end as it is now; answers how many messages or facts that were. */
  toEnd(into: Into): Promise<number>;
  /** To be called when it has come to the end for the first time: takes away what stood there for projecting alone. */
  settle(into: Into): Promise<void>;
  /** Whether all that led to a document, and to its being as it is, can certainly still be read. */
  isKept(name: string, stored: Stored<Document>): boolean;
}

/** Read models that are made of the same source, by the functions of the service that keeps them. */
export type Family = {
  readonly collections: readonly CollectionSpec[];
  /** In words. */
  readonly source: string;
  /** From the oldest that is kept; or from where the service has come, to do for it what it would do at its next start. */
  begin(from: 'beginning' | 'service'): Promise<Projecting>;
  /** Whether the service has not yet taken in all there is. */
  isServiceBehind(): Promise<boolean>;
};
