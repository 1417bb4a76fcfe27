/**
 * The process that `crash.spec.ts` kills: writes through every port at once, as fast as it can, until it is gone.
 * Waits for a line on stdin, then tells on stdout, one JSON line each, what was acknowledged. Arguments: folder, round.
 */
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { openSqliteEngine } from '@hookyard/adapter-sqlite';

const [folder, round] = process.argv.slice(2);
const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

tell({ did: 'load' });
await once(process.stdin, 'data');

const { bus, eventStore, readModels, dueQueue } = await openSqliteEngine({ folder });
await bus.declare([{ name: 'input', partitions: 2 }, { name: 'output', partitions: 2 }]);
const documents = await readModels.collection({ name: 'documents_v1', fields: { at: 'number' }, indexes: [[['at', 'asc']]] });

const forever = async (work) => {
  for (let at = 0; ; at += 1) await work(at);
};
const texts = (name, at, count) => Array.from({ length: count }, (_, which) => `${name}-${round}-${at}-${which}`);

async function publish(partition) {
  await forever(async (at) => {
    const values = texts(`p${partition}`, at, 1 + (at % 7));
    const positions = await bus.publish(values.map((value) => ({ topic: 'input', key: value, partition, value: Buffer.from(value.padEnd(600, '.')) })));
    tell({ did: 'publish', partition, messages: values.map((value, which) => [value, positions[which].offset]) });
  });
}

async function append(writer) {
  await forever(async (at) => {
    const stream = `stream-${round}-${writer}-${at}`;
    const { revision } = await eventStore.append(stream, [1, 2, 3].map((n) => ({ id: randomUUID(), type: 'happened', data: { n } })), 'no_stream');
    tell({ did: 'append', stream, revision });
  });
}

async function upsert() {
  await forever(async (at) => {
    const revision = Number(round) * 1_000_000 + at + 1;
    const ids = [`hot-${at % 5}`, `cold-${round}-${at}`];
    await documents.upsert(ids.map((id) => ({ id, revision, document: { at: revision, filler: 'x'.repeat(300) } })));
    tell({ did: 'upsert', ids, revision });
  });
}

async function park() {
  await forever(async (at) => {
    const [stays, goes] = [`stays-${round}-${at}`, `goes-${round}-${at}`];
    const item = (id) => ({ id, partition: 0, lane: `lane-${at % 3}`, dueAt: at, order: 0, revision: 1, value: Buffer.from(id) });
    await dueQueue.put([item(stays), item(goes)]);
    tell({ did: 'put', id: stays });
    await dueQueue.complete([item(goes)]);
    tell({ did: 'complete', id: goes });
  });
}

await bus.consume({
  group: 'copier',
  topics: ['input'],
  maxBatch: 20,
  handle: async ({ partition, messages }) => messages.map(({ key, offset }) => ({ topic: 'output', partition, key, value: Buffer.from(String(offset)) })),
});

tell({ did: 'open' });
await Promise.all([publish(0), publish(1), append(1), append(2), upsert(), park()]);
