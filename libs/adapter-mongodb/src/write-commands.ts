import { MongoServerError, type Db, type Document } from 'mongodb';
import type { Limits } from './calls.ts';
import { isPassingCode } from './passing-errors.ts';

/** Whoever's answer waits for it has it on the disks of a majority. */
export const durable = (limits: Limits) => ({ w: 'majority', j: true, wtimeout: limits.maxTimeMS }) as const;

// 1,000 keeps a command short (the server allows 100,000); 8 MiB leaves room below the 16 MB that a command may have.
const mostWrites = 1_000;
const mostBytes = 8 * 1024 * 1024;

/** In order, as many as one command takes. */
export function* inCommands<T>(writes: readonly T[], bytesOf: (write: T) => number = () => 0): Generator<readonly T[]> {
  let part: T[] = [];
  let bytes = 0;
  for (const write of writes) {
    const size = bytesOf(write);
    if (part.length > 0 && (part.length >= mostWrites || bytes + size > mostBytes)) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(write);
    bytes += size;
  }
  if (part.length > 0) yield part;
}

export type Update = { readonly q: Document; readonly u: Document; readonly upsert: true };

/**
 * Each stands for itself. Answers the places of those that met another document of their id (E11000), once all else is durable
 * and what they met is, too: a server that writes nothing still waits for the majority to have what it has seen.
 */
export async function update(db: Db, collection: string, updates: readonly Update[], limits: Limits): Promise<readonly number[]> {
  const errors = await writeErrors(db, { update: collection, updates, ordered: false }, limits);
  const other = errors.find((error) => !isTaken(error));
  if (other !== undefined) throw new MongoServerError(other);
  return errors.map(({ index }) => index);
}

export type Removal = { readonly q: Document; readonly limit: 1 };

export async function remove(db: Db, collection: string, deletes: readonly Removal[], limits: Limits): Promise<void> {
  const [error] = await writeErrors(db, { delete: collection, deletes, ordered: false }, limits);
  if (error !== undefined) throw new MongoServerError(error);
}

type WriteError = { readonly index: number; readonly code: number; readonly errmsg: string; readonly keyPattern?: Document };

async function writeErrors(db: Db, command: Document, limits: Limits): Promise<readonly WriteError[]> {
  const reply = await db.command({ ...command, maxTimeMS: limits.maxTimeMS, writeConcern: durable(limits) }, { signal: limits.signal });
  const errors = (reply['writeErrors'] ?? []) as readonly WriteError[];
  const passing = errors.find(({ code }) => isPassingCode(code));
  if (passing !== undefined) throw new MongoServerError(passing);
  requireDurable(reply);
  return errors;
}

/** Done by one server, not yet by a majority: not done, and to be repeated. */
export function requireDurable(reply: Document): void {
  const error = reply['writeConcernError'] as Document | undefined;
  if (error !== undefined) throw new MongoServerError({ ...error, errorLabels: ['RetryableWriteError'] });
}

const duplicateKey = 11_000;

/** Another unique index, made by somebody else, is none of our affair: its refusal stays an error. */
function isTaken({ code, keyPattern }: WriteError): boolean {
  return code === duplicateKey && (keyPattern === undefined || Object.keys(keyPattern).join() === '_id');
}
