import type { Collection, CollectionSpec, Document, ReadModels } from '@hookyard/ports';
import { OperationRefused } from '../operation-refused.ts';
import { families, type Sources } from '../read-models/families.ts';
import type { Family, Projecting } from '../read-models/family.ts';
import { compare, type Comparison } from './compare.ts';
import { reportLines } from './report.ts';

export type RebuildOptions = {
  /** The read models; none: all. */
  readonly names: readonly string[];
  /** Compares, and leaves everything as it is. */
  readonly isCheck: boolean;
  /** Tells the person what goes on, a line at a time. */
  readonly say: (line: string) => void;
};

/**
 * Builds read models anew beside those that are there, from streams and topics, with the functions of the services that keep them; compares; and
 * puts the new ones in the place of the old ones, which go on serving until then. Answers whether both agreed.
 */
export async function rebuild(sources: Sources, { names, isCheck, say }: RebuildOptions): Promise<boolean> {
  const all = families(sources);
  const known = all.flatMap(({ collections }) => collections.map(({ name }) => name));
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new OperationRefused(`There is no read model ${unknown.join(', ')}. There are ${known.join(', ')}.`);
  let areEqual = true;
  for (const family of all) {
    const wanted = family.collections.filter(({ name }) => names.length === 0 || names.includes(name));
    if (wanted.length > 0) areEqual = (await rebuildFamily(sources, family, { wanted, isCheck, say })) && areEqual;
  }
  return areEqual;
}

type Wanted = Omit<RebuildOptions, 'names'> & { readonly wanted: readonly CollectionSpec[] };

async function rebuildFamily(sources: Sources, family: Family, { wanted, isCheck, say }: Wanted): Promise<boolean> {
  const models = sources.engine.readModels;
  const begunAt = performance.now();
  say(`${wanted.map(({ name }) => name).join(', ')}: from ${family.source} …`);
  const beside = await openAll(models, wanted.map((spec) => besideOf(spec)), { areNew: true });
  const old = await openAll(models, wanted);
  try {
    const projecting = await family.begin('beginning');
    const catchUp = () => projecting.toEnd(byModel(wanted, beside));
    const read = await caughtUp(catchUp);
    await projecting.settle(byModel(wanted, beside));
    say(`  ${read} read in ${secondsSince(begunAt)}`);
    let areEqual = true;
    for (const [at, { name }] of wanted.entries()) {
      const comparison = await compareOne(sources, family, { name, projecting, catchUp, old: old[at] as Collection<Document>, rebuilt: beside[at] as Collection<Document> });
      for (const line of reportLines(name, comparison)) say(`  ${line}`);
      areEqual = areEqual && comparison.differences.length === 0;
    }
    if (isCheck) return areEqual;
    await catchUp();
    for (const spec of wanted) await models.replace(spec.name, besideOf(spec).name);
    // What a service wrote into the old one behind our back, between the last look at the source and the replacement.
    await projecting.toEnd(byModel(wanted, old));
    say(`  switched after ${secondsSince(begunAt)}`);
    return areEqual;
  } finally {
    for (const spec of wanted) await models.drop(besideOf(spec).name);
  }
}

type One = { readonly name: string; readonly projecting: Projecting; readonly catchUp: () => Promise<number>; readonly old: Collection<Document>; readonly rebuilt: Collection<Document> };

function compareOne({ clock }: Sources, family: Family, { name, projecting, catchUp, old, rebuilt }: One): Promise<Comparison> {
  return compare({
    old,
    rebuilt,
    isKept: (stored) => projecting.isKept(name, stored),
    catchUp,
    isServiceBehind: () => family.isServiceBehind(),
    wait: (ms) => new Promise((resolve) => void clock.after(ms, resolve)),
  });
}

/** What comes while it reads is read as well, as long as that is much. */
async function caughtUp(catchUp: () => Promise<number>): Promise<number> {
  const few = 1_000;
  let read = 0;
  for (let count = Infinity; count > few; read += count) count = await catchUp();
  return read;
}

const besideOf = (spec: CollectionSpec): CollectionSpec => ({ ...spec, name: `${spec.name}__rebuild` });

/** What was left over of an earlier time, cut off, is thrown away. */
async function openAll(models: ReadModels, specs: readonly CollectionSpec[], { areNew = false } = {}): Promise<readonly Collection<Document>[]> {
  return Promise.all(
    specs.map(async (spec) => {
      if (areNew) await models.drop(spec.name);
      return models.collection(spec);
    }),
  );
}

function byModel(specs: readonly CollectionSpec[], collections: readonly Collection<Document>[]): ReadonlyMap<string, Collection<Document>> {
  return new Map(specs.map(({ name }, at) => [name, collections[at] as Collection<Document>]));
}

const secondsSince = (at: number): string => `${((performance.now() - at) / 1_000).toFixed(1)} s`;
