import { Fault } from '@hookyard/event-schemas';
import { BSON, ObjectId, type Db, type Document } from 'mongodb';
import type { Call } from './calls.ts';
import { inCommands, update, type Update } from './write-commands.ts';

/** What is stored under an id: `r` is its revision, `w` names its writer, and so this very write; the rest is its content. */
export type Revisioned = { readonly id: string; readonly revision: number; readonly content: Document };

export type Answer = 'applied' | 'stale';

// A document has at most 16 MiB; the rest is for the command around it.
const mostBytes = 16_000_000;

/**
 * Puts each in place of what has a smaller revision, or of nothing. `{_id, r: {$lt}}` with upsert: what is as new or newer does not match,
 * so the server tries to insert and answers E11000. That is stale, or a race with another's insert of something older, or our own first try
 * of which no answer came: what is stored decides, and tells its writer.
 */
export async function upsertNewer(call: Call, { db, collection }: { readonly db: Db; readonly collection: string }, writes: readonly Revisioned[]): Promise<readonly Answer[]> {
  const answers: Answer[] = writes.map(() => 'applied');
  const stored = (ids: readonly string[]) =>
    call.attempt(async ({ signal, maxTimeMS }) => {
      const found = db.collection<Stored>(collection).find(
        { _id: { $in: [...ids] } },
        // What makes a write stale must be as durable as the write would be.
        { projection: { r: 1, w: 1 }, batchSize: ids.length + 1, readConcern: { level: 'majority' }, signal, maxTimeMS },
      );
      return new Map((await found.toArray()).map((document) => [document._id, document]));
    });

  async function settle(part: readonly Placed[], writer: ObjectId): Promise<void> {
    let open = part;
    for (let round = 1; ; round += 1) {
      const tried = open;
      const taken = await call.attempt((limits) => update(db, collection, tried.map((write) => updateOf(write, writer)), limits));
      if (taken.length === 0) return;
      const met = taken.flatMap((at) => tried[at] ?? []);
      const known = await stored(met.map(({ id }) => id));
      open = met.filter(({ id, revision, place }) => {
        const other = known.get(id);
        if (other === undefined || other.r < revision) return true;
        if (other.r !== revision || !writer.equals(other.w)) answers[place] = 'stale';
        return false;
      });
      if (open.length === 0) return;
      if (round > 1) await call.pause(round - 1);
    }
  }

  const placed = writes.map(({ id, revision, content }, place) => ({ id, revision, content, place, bytes: sizeOf(id, content) }));
  for (const wave of waves(placed)) {
    const writer = new ObjectId();
    for (const part of inCommands(wave, ({ bytes }) => bytes)) await settle(part, writer);
  }
  return answers;
}

type Stored = { readonly _id: string; readonly r: number; readonly w: ObjectId };

type Placed = Revisioned & { readonly place: number; readonly bytes: number };

function updateOf({ id, revision, content }: Revisioned, writer: ObjectId): Update {
  return { q: { _id: id, r: { $lt: revision } }, u: { r: revision, w: writer, ...content }, upsert: true };
}

function sizeOf(id: string, content: Document): number {
  const bytes = BSON.calculateObjectSize(content);
  if (bytes > mostBytes) throw new Fault('payload_too_large', { id, bytes, maxBytes: mostBytes });
  return bytes;
}

/** An id that stands several times goes into as many waves, in order: a server is free to take one command's writes in any. */
export function waves<T extends { readonly id: string }>(writes: readonly T[]): readonly (readonly T[])[] {
  const seen = new Map<string, number>();
  const all: T[][] = [];
  for (const write of writes) {
    const wave = seen.get(write.id) ?? 0;
    seen.set(write.id, wave + 1);
    (all[wave] ??= []).push(write);
  }
  return all;
}
