/**
 * How much the embedded engine writes and reads in a second, durably: `npx tsc -b && node tools/bench/embedded-log.mjs [seconds a case] [folder]`.
 * One process, messages of 1 kB with the headers of an event, eight partitions. Beside each rate stands how long the event loop was held up.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openSqliteEngine } from '@hookyard/adapter-sqlite';

const seconds = Number(process.argv[2] ?? 2);
const root = process.argv[3] ?? tmpdir();
const partitions = 8;
const headers = { ce_specversion: '1.0', ce_id: 'a3f1b2c4', ce_source: '/shop', ce_type: 'order.created', ce_project: 'default', 'content-type': 'application/json' };
const value = Buffer.alloc(1024, '{"order":42}');
let nextKey = 0;

const messages = (topic, count) => Array.from({ length: count }, () => ({ topic, key: `key-${(nextKey += 1)}`, partition: nextKey % partitions, value, headers }));

async function inEngine(options, work) {
  const folder = mkdtempSync(join(root, 'hookyard-bench-'));
  const engine = await openSqliteEngine({ folder, ...options });
  try {
    return await work(engine, folder);
  } finally {
    await engine.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs `work`, which answers how much it did, and prints the rate. */
async function measure(title, work) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const cpu = process.cpuUsage();
  const start = performance.now();
  const done = await work();
  const ms = performance.now() - start;
  delay.disable();
  const { user, system } = process.cpuUsage(cpu);
  const perSecond = Math.round((done / ms) * 1000).toLocaleString('en');
  const held = `event loop p50 ${(delay.percentile(50) / 1e6).toFixed(1)} p99 ${(delay.percentile(99) / 1e6).toFixed(1)} max ${(delay.max / 1e6).toFixed(1)} ms`;
  console.log(`${title.padEnd(46)} ${perSecond.padStart(9)}/s   ${((user + system) / done).toFixed(1).padStart(6)} µs CPU each   ${held}`);
}

async function publishing(callers, size) {
  await inEngine({}, async ({ bus }) => {
    await bus.declare([{ name: 'events', partitions }]);
    await measure(`publish, ${callers} callers, ${size} in a call`, async () => {
      const until = performance.now() + seconds * 1000;
      let done = 0;
      const caller = async () => {
        while (performance.now() < until) {
          await bus.publish(messages('events', size));
          done += size;
        }
      };
      await Promise.all(Array.from({ length: callers }, caller));
      return done;
    });
  });
}

async function fill(bus, topic, count) {
  for (let at = 0; at < count; at += 1000) await bus.publish(messages(topic, Math.min(1000, count - at)));
}

async function consuming(title, options, outputs) {
  const count = 50_000;
  await inEngine(options, async ({ bus }) => {
    await bus.declare([{ name: 'events', partitions }, { name: 'deliveries', partitions }]);
    await fill(bus, 'events', count);
    await measure(title, async () => {
      const consumption = await bus.consume({
        group: 'bench',
        topics: ['events'],
        handle: async (batch) => (outputs ? batch.messages.map((message) => ({ topic: 'deliveries', key: message.key, partition: batch.partition, value: message.value, headers })) : undefined),
      });
      await consumption.whenCaughtUp();
      return count;
    });
  });
}

async function upserting() {
  await inEngine({}, async ({ readModels }) => {
    const documents = await readModels.collection({
      name: 'deliveries_v1',
      fields: { project: 'string', webhook: 'string', status: 'string', createdAt: 'number' },
      indexes: [[['project', 'asc'], ['createdAt', 'desc']], [['webhook', 'asc'], ['createdAt', 'desc']], [['project', 'asc'], ['status', 'asc'], ['createdAt', 'desc']]],
    });
    let revision = 0;
    const write = () => {
      const id = Math.floor(Math.random() * 100_000);
      return { id: `dlv_${id}`, revision: (revision += 1), document: { project: `p${id % 100}`, webhook: `wh_${id % 1000}`, status: id % 7 ? 'succeeded' : 'retrying', createdAt: revision, detail: 'x'.repeat(300) } };
    };
    await measure('upsert, 4 callers, 200 in a call, 3 indexes', async () => {
      const until = performance.now() + seconds * 1000;
      let done = 0;
      const caller = async () => {
        while (performance.now() < until) {
          await documents.upsert(Array.from({ length: 200 }, write));
          done += 200;
        }
      };
      await Promise.all([1, 2, 3, 4].map(caller));
      return done;
    });
    await measure('page of 50 by project, newest first', async () => {
      for (let at = 0; at < 2_000; at += 1) await documents.query({ where: [{ field: 'project', op: 'eq', value: `p${at % 100}` }], sort: [['createdAt', 'desc']], limit: 50 });
      return 2_000;
    });
  });
}

for (const [callers, size] of [[1, 1], [16, 1], [256, 1], [1, 10], [16, 10], [1, 100], [8, 100], [4, 1000]]) await publishing(callers, size);
await consuming('consume from memory', {}, false);
await consuming('consume from disk', { tailBytes: 0 }, false);
await consuming('consume and produce, from memory', {}, true);
await consuming('consume and produce, from disk', { tailBytes: 0 }, true);
await upserting();
