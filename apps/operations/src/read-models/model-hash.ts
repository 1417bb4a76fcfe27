import { createHash } from 'node:crypto';
import type { Collection, Document, Stored } from '@hookyard/ports';
import { pagesOf } from './pages.ts';

/** Documents that expire on one day (days since the epoch, UTC), or that never do: how many, and the hash of them all. */
export type DayHash = { readonly day: number | null; readonly documents: number; readonly sha256: string };

const dayMs = 86_400_000;
const wide = 1n << 256n;

/**
 * Hashes of all documents of a read model, whatever engine it lies on and in whichever order it gives them: the sum of the SHA-256 of each.
 * By the day on which they expire, so that what has expired in between does not spoil a comparison.
 */
export async function hashesOf(collection: Pick<Collection<Document>, 'query'>): Promise<readonly DayHash[]> {
  const days = new Map<number | null, { documents: number; sum: bigint }>();
  for await (const page of pagesOf(collection)) {
    for (const stored of page) {
      const day = stored.expiresAt === undefined ? null : Math.floor(stored.expiresAt / dayMs);
      const before = days.get(day) ?? { documents: 0, sum: 0n };
      days.set(day, { documents: before.documents + 1, sum: (before.sum + digestOf(stored)) % wide });
    }
  }
  return [...days].map(([day, { documents, sum }]) => ({ day, documents, sha256: inHex(sum) })).sort((one, other) => (one.day ?? Infinity) - (other.day ?? Infinity));
}

/** Of all days in one. */
export function total(hashes: readonly DayHash[]): Pick<DayHash, 'documents' | 'sha256'> {
  const sum = hashes.reduce((before, { sha256 }) => (before + BigInt(`0x${sha256}`)) % wide, 0n);
  return { documents: hashes.reduce((count, { documents }) => count + documents, 0), sha256: inHex(sum) };
}

/** Those of which nothing has expired at the time. */
export function unexpired(hashes: readonly DayHash[], now: number): readonly DayHash[] {
  return hashes.filter(({ day }) => day === null || day * dayMs > now);
}

function digestOf({ id, revision, expiresAt, document }: Stored<Document>): bigint {
  const hash = createHash('sha256').update(JSON.stringify([id, revision, expiresAt ?? null]));
  return BigInt(`0x${hash.update(inOrder(document)).digest('hex')}`);
}

/** JSON in which the order of fields does not matter. */
function inOrder(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inOrder).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${inOrder(field)}`).join()}}`;
}

const inHex = (sum: bigint): string => sum.toString(16).padStart(64, '0');
