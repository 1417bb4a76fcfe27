import type { Collection, CollectionSpec, EventStore, MessageBus, ReadModels, DueQueue } from '@hookyard/ports';
import { OperationRefused } from '../operation-refused.ts';
import type { CheckedExport } from './import-file.ts';
import { fingerprint, movedModels, movedTopics, shownTopics, type Moved } from './moved.ts';

/** What has been imported here, by hash of the export: so that an import which was cut off can be repeated, and nothing else can follow on it. */
const importsCollection: CollectionSpec = { name: 'imports_v1', fields: {}, indexes: [] };
type ImportMark = { readonly state: 'begun' | 'done'; readonly at: number };

export type Target = { done(): Promise<void> };

/** Refused unless the installation is empty, or holds a part of this very export; and unless it can go on with what it gets. Marks it as begun. */
export async function openTarget(target: Moved, { header, sha256 }: CheckedExport): Promise<Target> {
  const { engine, settings, clock } = target;
  if (header.partitions !== settings.partitions) {
    throw new OperationRefused(`The export has ${header.partitions} partitions and this installation ${settings.partitions}: set HOOKYARD_PARTITIONS to ${header.partitions}, with nothing in it yet.`);
  }
  requireKey(target, header.masterKey);
  const marks: Collection<ImportMark> = await engine.readModels.collection(importsCollection);
  const state = (await marks.get(sha256))?.document.state;
  if (state === 'done') throw new OperationRefused('This export has been imported here already.');
  if (state === undefined) {
    const found = await firstFound(engine);
    if (found !== null) throw new OperationRefused(`This installation is not empty: there are ${found}. An export goes into an empty one.`);
    await marks.upsert([{ id: sha256, revision: 1, document: { state: 'begun', at: clock.now() } }]);
  }
  return {
    async done() {
      await marks.upsert([{ id: sha256, revision: 2, document: { state: 'done', at: clock.now() } }]);
    },
  };
}

function requireKey({ masterKey, settings }: Moved, wanted: string | undefined): void {
  if (masterKey === null && settings.engine === 'embedded') {
    throw new OperationRefused('There is no master key here, and secrets are readable under the one of before alone: copy its file master.key into the data folder, or set HOOKYARD_MASTER_KEY to it.');
  }
  if (masterKey === null || wanted === undefined || fingerprint(masterKey) === wanted) return;
  throw new OperationRefused('The master key here is not the one of the export: its secrets could not be read. Use the same one.');
}

type Engine = { readonly bus: MessageBus; readonly eventStore: EventStore; readonly readModels: ReadModels; readonly dueQueue: DueQueue };

/** In words. */
async function firstFound({ bus, eventStore, readModels, dueQueue }: Engine): Promise<string | null> {
  if ((await eventStore.readAll({ limit: 1 })).length > 0) return 'events in streams';
  for (const topic of [...movedTopics, ...shownTopics]) {
    const offsets = await bus.offsets(topic);
    if (offsets.some(({ high }) => high > 0)) return `messages in the topic ${topic}`;
    if ((await dueQueue.count(offsets.map(({ partition }) => partition))) > 0) return 'deliveries that wait';
  }
  for (const spec of movedModels) if ((await (await readModels.collection(spec)).count()) > 0) return `documents in ${spec.name}`;
  return null;
}
