import { randomUUID } from 'node:crypto';
import { frame, type Place } from '../log/frames.ts';
import { openLogFile, type LogFile } from '../log/log-file.ts';
import { encodeRecord, entryOf, type ProposedEvent, type Recording } from '../wire/records.ts';
import { catalog, deletedRevision, type Catalog, type Entry } from './catalog.ts';
import { checkCommit, type Expected, type Verdict } from './commit-check.ts';
import { recentIds } from './recent-ids.ts';
import { metadataType, parseMetadata, softDeleteJson, undeletedJson } from './stream-metadata.ts';

export type Write =
  | { readonly kind: 'append'; readonly stream: string; readonly expected: Expected; readonly events: readonly ProposedEvent[] }
  | { readonly kind: 'delete' | 'tombstone'; readonly stream: string; readonly expected: Expected };

/** Revision −1: the stream holds nothing. Position undefined: nothing was written. */
export type Written =
  | { readonly outcome: 'written'; readonly revision: number; readonly position: number | undefined }
  | { readonly outcome: 'conflict'; readonly revision: number }
  | { readonly outcome: 'deleted' };

export interface Store {
  /** Resolves when what it answers is on disk. */
  write(write: Write): Promise<Written>;
  /** What readers may see. */
  readonly catalog: Catalog;
  /** The stored bytes of events: ReadResp messages. */
  bytesOf(places: readonly Place[]): Buffer[];
  /** Calls `listener` after events have become visible, until the function that it answers is called. */
  onEvents(listener: () => void): () => void;
  /** Lets the last writes finish. */
  close(): Promise<void>;
}

export type StoreOptions = {
  readonly folder: string;
  /** How many of the newest event ids are remembered. */
  readonly recentIds: number;
};

type Queued = { readonly write: Write; readonly resolve: (written: Written) => void; readonly reject: (error: unknown) => void };

// Bounds how much one fsync covers.
const mostWritesAtOnce = 1_000;

/** Everything that arrives while an fsync runs shares the next one. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const known = catalog();
  const log = await openLogFile(options.folder, (recovered) => {
    known.show(known.write(entryOf(recovered)));
  });
  const writer = writerOf(known, log, options.recentIds);
  const listeners = new Set<() => void>();
  const queue: Queued[] = [];
  let draining: Promise<void> | undefined;

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      const batch = queue.splice(0, mostWritesAtOnce);
      try {
        await commit(batch);
      } catch (error) {
        // What is on disk is not known any more: every later answer could be wrong.
        for (const { reject } of [...batch, ...queue.splice(0)]) reject(error);
        throw error;
      }
    }
    draining = undefined;
  }

  async function commit(batch: readonly Queued[]): Promise<void> {
    const answers = batch.map(({ write }) => writer.decide(write));
    const entries = await writer.flush();
    for (const entry of entries) known.show(entry);
    if (entries.length > 0) for (const listener of listeners) listener();
    batch.forEach(({ resolve }, index) => resolve(answers[index] as Written));
  }

  return {
    catalog: known,
    write: (write) =>
      new Promise((resolve, reject) => {
        queue.push({ write, resolve, reject });
        draining ??= Promise.resolve().then(drain);
      }),
    bytesOf: (places) => log.read(places),
    onEvents(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      await draining;
      await log.close();
    },
  };
}

function writerOf(known: Catalog, log: LogFile, capacity: number) {
  const recent = recentIds(capacity);
  let frames: Buffer[] = [];
  let unflushed: Entry[] = [];
  let end = log.end();

  function record(recordings: readonly Recording[]): readonly Entry[] {
    const { bytes, places } = frame(end, recordings.map((recording) => (position) => encodeRecord(recording, position)));
    frames.push(bytes);
    end += bytes.length;
    const entries = recordings.map((recording, index) => known.write(entry(recording, places[index] as Place)));
    for (const each of entries) recent.add(each);
    unflushed.push(...entries);
    return entries;
  }

  function verdictOn({ stream, expected }: Write, ids: readonly string[]): Verdict {
    const hasMetadata = known.written(`$$${stream}`).length > 0;
    return checkCommit({ name: stream, stream: known.written(stream), hasMetadata, expected, ids, recent });
  }

  function metadataRecording(stream: string, json: string): Recording {
    const metastream = `$$${stream}`;
    const event = { id: randomUUID(), type: metadataType, contentType: 'application/json', data: Buffer.from(json), metadata: new Uint8Array() };
    return { event, stream: metastream, revision: known.written(metastream).length, recordedAt: Date.now() };
  }

  function append(stream: string, events: readonly ProposedEvent[], revives: boolean): Written {
    const { length, metadata } = known.written(stream);
    if (events.length === 0) return { outcome: 'written', revision: length - 1, position: undefined };
    const recordedAt = Date.now();
    const recordings = events.map((event, index) => ({ event, stream, revision: length + index, recordedAt }));
    const revival = revives && metadata !== undefined ? [metadataRecording(stream, undeletedJson(metadata, length))] : [];
    const entries = record([...revival, ...recordings]);
    return { outcome: 'written', revision: length + events.length - 1, position: entries.at(-1)?.position };
  }

  function remove({ kind, stream }: Write): Written {
    const recording =
      kind === 'delete'
        ? metadataRecording(stream, softDeleteJson)
        : { event: { id: randomUUID(), type: '$streamDeleted', contentType: 'application/octet-stream', data: new Uint8Array(), metadata: new Uint8Array() }, stream, revision: deletedRevision, recordedAt: Date.now() };
    const [entry] = record([recording]);
    return { outcome: 'written', revision: recording.revision, position: entry?.position };
  }

  return {
    /** Gives the events their place; the answer holds once `flush` has resolved. */
    decide(write: Write): Written {
      const events = write.kind === 'append' ? write.events : [];
      const verdict = verdictOn(write, write.kind === 'append' ? events.map(({ id }) => id) : [randomUUID()]);
      switch (verdict.verdict) {
        case 'append':
          return write.kind === 'append' ? append(write.stream, events, verdict.revives) : remove(write);
        case 'repeat':
          return { outcome: 'written', revision: verdict.last.revision, position: verdict.last.position };
        case 'conflict':
          return { outcome: 'conflict', revision: verdict.revision };
        case 'deleted':
          return { outcome: 'deleted' };
      }
    },
    /** Puts on disk what was decided, and answers its entries. */
    async flush(): Promise<readonly Entry[]> {
      const [bytes, entries] = [frames, unflushed];
      [frames, unflushed] = [[], []];
      if (bytes.length > 0) await log.append(bytes);
      return entries;
    },
  };
}

function entry({ event, stream, revision, recordedAt }: Recording, place: Place): Entry {
  return { ...place, stream, revision, type: event.type, id: event.id, recordedAt, ...(event.type === metadataType && { metadata: parseMetadata(event.data) }) };
}
