import { randomUUID } from 'node:crypto';
import type { ExpectedRevision, Retention } from '@hookyard/ports';
import type { Connection } from './connection.ts';
import { verdictOf } from './errors.ts';
import { numberOf } from './mapping.ts';
import { resolvedEvents, type Reads } from './reads.ts';
import { isSoftDeleted, retentionOf, truncatedBefore, withRetention, type RawMetadata } from './stream-metadata.ts';

// Two programs that edit the same metadata at the same time are rare; five in a row are a mistake.
const maxEdits = 5;

type Stored = { readonly metadata: RawMetadata; readonly revision: ExpectedRevision };

/** Reads and changes the metadata of streams, leaving alone what others keep there. */
export function metadataEdits(connection: Connection, reads: Reads) {
  // The client's own reader answers a position for the revision.
  async function stored(stream: string): Promise<Stored> {
    const [newest] = await resolvedEvents(connection, ({ client }) => client.db.readStream(`$$${stream}`, { direction: 'backwards', fromRevision: 'end', maxCount: 1, requiresLeader: true }));
    if (newest?.event === undefined) return { metadata: {}, revision: 'no_stream' };
    const { data, revision } = newest.event;
    return { metadata: newest.event.isJson && typeof data === 'object' ? (data as RawMetadata) : {}, revision: numberOf(revision) };
  }

  async function edit(stream: string, change: (metadata: RawMetadata) => RawMetadata): Promise<void> {
    for (let edits = 1; ; edits += 1) {
      const { metadata, revision } = await stored(stream);
      if (isSoftDeleted(metadata)) throw new Error(`the stream ${stream} was soft-deleted by another program; its metadata cannot be changed before something is appended to it`);
      const event = { id: randomUUID(), type: '$metadata', data: Buffer.from(JSON.stringify(change(metadata)), 'utf8') };
      try {
        await connection.request(({ client, signal }) => client.append({ stream: `$$${stream}`, events: [event], expected: revision }, signal));
        return;
      } catch (error) {
        if (edits >= maxEdits || verdictOf(error) !== 'conflict') throw error;
      }
    }
  }

  return {
    retention: async (stream: string): Promise<Retention> => retentionOf((await stored(stream)).metadata),
    setRetention: (stream: string, retention: Retention): Promise<void> => edit(stream, (metadata) => withRetention(metadata, retention)),
    /**
     * Hides everything there is. Not the server's own deletion: after that one a stream may be begun anew with `no_stream`,
     * and such an append is not recognised when it is repeated.
     */
    async deleteStream(stream: string): Promise<void> {
      const [last] = await reads.stream(stream, { direction: 'backwards', limit: 1 });
      if (last !== undefined) await edit(stream, (metadata) => truncatedBefore(metadata, last.revision + 1));
    },
  };
}
