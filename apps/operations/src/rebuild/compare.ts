import { isDeepStrictEqual } from 'node:util';
import type { Collection, Document, Stored } from '@hookyard/ports';
import { pagesOf } from '../read-models/pages.ts';

export type Difference = { readonly id: string; readonly what: 'missing in the old one' | 'only in the old one' | 'another revision' | 'another content' };

/** How a read model and the one built anew beside it agree. */
export type Comparison = {
  /** Documents of the old one. */
  readonly documents: number;
  /** Taken over from the old one, since what led to them is no longer kept. */
  readonly takenOver: number;
  /** The same, but kept until another time: the setting was another one. */
  readonly otherExpiry: number;
  /** Newer than the old one, or not in it, since the service has not come so far. */
  readonly ahead: number;
  readonly differences: readonly Difference[];
};

export type Compared = {
  readonly old: Collection<Document>;
  readonly rebuilt: Collection<Document>;
  /** Whether what led to a document of the old one can certainly still be read. */
  readonly isKept: (stored: Stored<Document>) => boolean;
  /** Brings the rebuilt one up to now. */
  readonly catchUp: () => Promise<unknown>;
  readonly isServiceBehind: () => Promise<boolean>;
  readonly wait: (ms: number) => Promise<void>;
};

type Pair = { readonly old: Stored<Document> | undefined; readonly rebuilt: Stored<Document> | undefined };

const rounds = 10;
const restMs = 300;

/**
 * Compares both, document by document and both ways round. While a service writes on, what differs is looked at again, with the rebuilt one
 * brought up to date, until it agrees or has had time enough to. What the rebuilt one cannot know is taken over into it.
 */
export async function compare(compared: Compared): Promise<Comparison> {
  const { old, rebuilt } = compared;
  const count = { documents: 0, takenOver: 0, otherExpiry: 0 };
  const open = new Set<string>();

  for await (const page of pagesOf(old)) {
    count.documents += page.length;
    const pairs = await pairsOf(compared, page.map(({ id }) => id));
    const lost = pairs.filter(({ pair }) => isLost(pair, compared.isKept));
    if (lost.length > 0) await takeOver(rebuilt, lost.map(({ pair }) => pair.old));
    count.takenOver += lost.length;
    const isTaken = new Set(lost.map(({ id }) => id));
    for (const { id, pair } of pairs) {
      if (isTaken.has(id)) continue;
      if (!isSame(pair)) open.add(id);
      else if (pair.old?.expiresAt !== pair.rebuilt?.expiresAt) count.otherExpiry += 1;
    }
  }
  for await (const page of pagesOf(rebuilt)) {
    const found = new Set((await old.getMany(page.map(({ id }) => id))).map(({ id }) => id));
    for (const { id } of page) if (!found.has(id)) open.add(id);
  }
  return { ...count, ...(await settle(compared, open)) };
}

async function settle(compared: Compared, ids: ReadonlySet<string>): Promise<Pick<Comparison, 'ahead' | 'differences'>> {
  let open = [...ids];
  for (let round = 0; round < rounds && open.length > 0; round += 1) {
    if (round > 0) await compared.wait(restMs);
    await compared.catchUp();
    open = (await differing(compared, open)).map(({ id }) => id);
  }
  const left = await differing(compared, open);
  if (left.length === 0) return { ahead: 0, differences: [] };
  const isBehind = await compared.isServiceBehind();
  const ahead = left.filter(({ pair }) => isBehind && isAhead(pair));
  const isAmongThem = new Set(ahead.map(({ id }) => id));
  return { ahead: ahead.length, differences: left.filter(({ id }) => !isAmongThem.has(id)).map(({ id, pair }) => ({ id, what: kindOf(pair) })) };
}

const atOnce = 500;

type Named = { readonly id: string; readonly pair: Pair };

async function differing(compared: Compared, ids: readonly string[]): Promise<readonly Named[]> {
  const found: Named[] = [];
  for (let at = 0; at < ids.length; at += atOnce) {
    const pairs = await pairsOf(compared, ids.slice(at, at + atOnce));
    found.push(...pairs.filter(({ pair }) => !isSame(pair)));
  }
  return found;
}

async function pairsOf({ old, rebuilt }: Compared, ids: readonly string[]): Promise<readonly Named[]> {
  const [before, after] = await Promise.all([old, rebuilt].map(async (side) => new Map((await side.getMany(ids)).map((stored) => [stored.id, stored]))));
  return ids.map((id) => ({ id, pair: { old: before?.get(id), rebuilt: after?.get(id) } }));
}

function isSame({ old, rebuilt }: Pair): boolean {
  if (old === undefined || rebuilt === undefined) return old === rebuilt;
  return old.revision === rebuilt.revision && isDeepStrictEqual(old.document, rebuilt.document);
}

/** It would be lost, and there is nothing newer. */
function isLost(pair: Pair, isKept: Compared['isKept']): pair is Pair & { readonly old: Stored<Document> } {
  const { old, rebuilt } = pair;
  return old !== undefined && !isSame(pair) && !isKept(old) && (rebuilt?.revision ?? -Infinity) <= old.revision;
}

async function takeOver(rebuilt: Collection<Document>, lost: readonly (Stored<Document> | undefined)[]): Promise<void> {
  const documents = lost.flatMap((stored) => stored ?? []);
  // Of the same revision it may be there already, with other content: made of what is left of the source.
  await rebuilt.delete(documents.map(({ id }) => id));
  await rebuilt.upsert(documents);
}

const isAhead = ({ old, rebuilt }: Pair): boolean => (rebuilt?.revision ?? -Infinity) > (old?.revision ?? -Infinity);

function kindOf({ old, rebuilt }: Pair): Difference['what'] {
  if (old === undefined) return 'missing in the old one';
  if (rebuilt === undefined) return 'only in the old one';
  return old.revision === rebuilt.revision ? 'another content' : 'another revision';
}
