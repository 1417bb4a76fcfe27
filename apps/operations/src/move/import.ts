import { isFiller } from '@hookyard/event-schemas';
import type { Collection, Document, MessageBus } from '@hookyard/ports';
import { shownStreams } from '@hookyard/subscriptions';
import { families, keepingOf, type Sources } from '../read-models/families.ts';
import { hashesOf, total, unexpired, type DayHash } from '../read-models/model-hash.ts';
import { appendEvents } from './append-events.ts';
import type { DocumentLine, DueLine, PositionLine } from './format.ts';
import { checkExport } from './import-file.ts';
import { inBatches, type LineBatch } from './in-batches.ts';
import { movedModels, movedTopics, type Moved } from './moved.ts';
import { placeMessages, type PlaceMessages } from './place-messages.ts';
import { requireStopped } from './stopped.ts';
import { openTarget } from './target.ts';

type Say = (line: string) => void;
type Models = ReadonlyMap<string, Collection<Document>>;

/**
 * Makes an empty installation what another one was. The file is read through once before anything is written; when it is cut off after that, the
 * same import can be begun again. Read models are built from what was moved. Answers whether all of them are as they were.
 */
export async function importInstallation(installation: Moved, file: string, say: Say): Promise<boolean> {
  const { engine, clock, own } = installation;
  const checked = await checkExport(file);
  say(`${file} is whole: an export of ${new Date(checked.header.exportedAt).toISOString()}, from the engine ${checked.header.engine}.`);
  await requireStopped(engine.bus);
  const target = await openTarget(installation, checked);
  const models: Models = new Map(await Promise.all(movedModels.map(async (spec) => [spec.name, await engine.readModels.collection(spec)] as const)));
  const hashes = await apply(installation, models, { batches: inBatches(checked.lines()), say });
  await rebuildAll({ engine, clock, keeping: keepingOf(own) }, models, say);
  const areEqual = await compareHashes(models, hashes, { now: clock.now(), say });
  await target.done();
  return areEqual;
}

type Applied = { readonly batches: AsyncIterable<LineBatch>; readonly say: Say };
type Hashes = ReadonlyMap<string, readonly DayHash[]>;

/** Answers the hashes that the read models had. */
async function apply({ engine }: Moved, models: Models, { batches, say }: Applied): Promise<Hashes> {
  const messages = await placeMessages(engine.bus, movedTopics);
  const hashes = new Map<string, DayHash[]>();
  const counts = new Map<string, number>();
  for await (const batch of batches) {
    if (batch.kind === 'hash') for (const { model, day, documents, sha256 } of batch.lines) hashes.set(model, [...(hashes.get(model) ?? []), { day, documents, sha256 }]);
    else await applyBatch(engine, { models, messages }, batch);
    counts.set(batch.kind, (counts.get(batch.kind) ?? 0) + batch.lines.length);
  }
  const countOf = (kind: LineBatch['kind']): number => counts.get(kind) ?? 0;
  say(`  ${countOf('event')} events in streams, ${countOf('message')} messages, ${countOf('due')} waiting deliveries, ${countOf('document')} documents of which nothing else is kept`);
  return hashes;
}

type Onto = { readonly models: Models; readonly messages: PlaceMessages };

async function applyBatch({ bus, eventStore, dueQueue }: Moved['engine'], { models, messages }: Onto, batch: Exclude<LineBatch, { kind: 'hash' }>): Promise<void> {
  switch (batch.kind) {
    case 'event':
      return appendEvents(eventStore, batch.lines);
    case 'message':
      return messages.messages(batch.lines);
    case 'partition':
      for (const line of batch.lines) await messages.end(line);
      return;
    case 'position':
      return seek(bus, batch.lines);
    case 'due':
      return dueQueue.put(batch.lines.map(dueItem));
    case 'document':
      return putDocuments(models, batch.lines);
  }
}

const dueItem = ({ kind: _, value, ...item }: DueLine) => ({ ...item, value: Buffer.from(value, 'base64') });

async function seek(bus: MessageBus, lines: readonly PositionLine[]): Promise<void> {
  for (const { kind: _, group, ...position } of lines) await bus.seek(group, [{ ...position, offset: await pastFillers(bus, position) }]);
}

const pageSize = 500;

/** So that a group which had nothing before it has nothing before it here. */
async function pastFillers(bus: MessageBus, { topic, partition, offset }: Omit<PositionLine, 'kind' | 'group'>): Promise<number> {
  for (let next = offset; ; ) {
    const messages = await bus.read({ topic, partition, offset: next }, pageSize);
    const real = messages.find((message) => !isFiller(message));
    if (real !== undefined) return real.offset;
    const last = messages.at(-1);
    if (last === undefined) return next;
    next = last.offset + 1;
  }
}

async function putDocuments(models: Models, lines: readonly DocumentLine[]): Promise<void> {
  for (const [name, collection] of models) {
    const own = lines.filter(({ model }) => model === name);
    if (own.length > 0) await collection.upsert(own.map(({ kind: _, model: __, ...stored }) => stored));
  }
}

async function rebuildAll(sources: Sources, models: Models, say: Say): Promise<void> {
  await showStreams(sources, say);
  for (const family of families(sources).filter(({ collections }) => collections.every(({ name }) => !shownModels.has(name)))) {
    const projecting = await family.begin('beginning');
    await projecting.toEnd(models);
    await projecting.settle(models);
  }
}

const shownModels = new Set(shownStreams.flatMap(({ collections }) => collections.map(({ name }) => name)));

/** By the projectors of the service, to their end: whoever starts next finds the topics of webhooks and projects filled, and matches nothing without them. */
async function showStreams({ engine, clock, keeping }: Sources, say: Say): Promise<void> {
  const { bus, eventStore: store, readModels: models } = engine;
  const ports = { store, bus, models, clock, onFailure: (error: unknown) => say(`  Streams cannot be shown: ${String(error)}; it is tried again.`) };
  const end = await lastPosition(store);
  for (const shown of shownStreams) {
    const projector = await shown.projector(ports, keeping.maxStreams);
    await projector.begin({ commit: (_, outputs = []) => bus.publish(outputs) });
    if (end >= 0) await projector.shown('', end);
    await projector.end();
  }
}

async function lastPosition(store: Sources['engine']['eventStore']): Promise<number> {
  for (let after = -1; ; ) {
    const events = await store.readAll({ limit: 1_000, ...(after < 0 ? {} : { after }) });
    const last = events.at(-1);
    if (last === undefined) return after;
    after = last.position;
  }
}

async function compareHashes(models: Models, before: Hashes, { now, say }: { readonly now: number; readonly say: Say }): Promise<boolean> {
  let areEqual = true;
  for (const [name, collection] of models) {
    const [was, is] = [before.get(name) ?? [], await hashesOf(collection)].map((hashes) => total(unexpired(hashes, now)));
    const isEqual = was?.sha256 === is?.sha256;
    areEqual = areEqual && isEqual;
    say(`  ${name}: ${is?.documents} documents, sha256 ${is?.sha256}, ${isEqual ? 'equal' : `not equal: there were ${was?.documents} with ${was?.sha256}`}`);
  }
  if (!areEqual) say('The read models are built from what was moved and complete; where they differ, a setting (how long history is kept), or what they were before, is another.');
  return areEqual;
}
