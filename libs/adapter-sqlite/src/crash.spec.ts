import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Message, MessageBus } from '@hookyard/ports';
import { openSqliteEngine, type SqliteEngine } from './engine.ts';

/**
 * Real: a process of its own that writes through all four ports, SIGKILL, the file it leaves behind. Nothing is doubled.
 * Asserted: what it told to be acknowledged is there, and nothing is there by half.
 */

type Acknowledged =
  | { readonly did: 'load' | 'open' }
  | { readonly did: 'publish'; readonly partition: number; readonly messages: readonly (readonly [value: string, offset: number])[] }
  | { readonly did: 'append'; readonly stream: string; readonly revision: number }
  | { readonly did: 'upsert'; readonly ids: readonly string[]; readonly revision: number }
  | { readonly did: 'put' | 'complete'; readonly id: string };

type Writer = { readonly child: ChildProcess; readonly acknowledged: Acknowledged[]; readonly loaded: Promise<unknown>; reaches(count: number): Promise<void> };

const kills = 20;
const script = fileURLToPath(new URL('../crash/writer.mjs', import.meta.url));
const fromSources = new URL('../from-sources/register.mjs', import.meta.url).href;

function startWriter(folder: string, round: number): Writer {
  const args = ['--import', fromSources, '--conditions=@hookyard/source', script, folder, String(round)];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const acknowledged: Acknowledged[] = [];
  const lines = createInterface({ input: child.stdout });
  let awaited = Infinity;
  let arrived = (): void => {};
  lines.on('line', (line) => {
    // The last line may be cut: then its acknowledgement was never told.
    if (line.endsWith('}')) acknowledged.push(JSON.parse(line) as Acknowledged);
    if (acknowledged.length >= awaited) arrived();
  });
  return {
    child,
    acknowledged,
    loaded: once(lines, 'line'),
    reaches(count) {
      awaited = count;
      return acknowledged.length >= count ? Promise.resolve() : new Promise((resolve) => (arrived = resolve));
    },
  };
}

async function kill({ child }: Writer): Promise<void> {
  const ended = once(child, 'close'); // the pipe has been read to its end, too
  child.kill('SIGKILL');
  await ended;
}

async function contents(bus: MessageBus, topic: string, partition: number): Promise<readonly Message[]> {
  const found: Message[] = [];
  for (let offset = 0; ; ) {
    const page = await bus.read({ topic, partition, offset }, 1_000);
    const last = page.at(-1);
    if (last === undefined) return found;
    found.push(...page);
    offset = last.offset + 1;
  }
}

async function expectEverything(engine: SqliteEngine, all: readonly Acknowledged[]): Promise<void> {
  await expectMessages(engine.bus, all);
  await expectEvents(engine, all);
  const documents = await engine.readModels.collection<{ readonly at: number }>({ name: 'documents_v1', fields: { at: 'number' }, indexes: [[['at', 'asc']]] });
  for (const { ids, revision } of all.filter((one) => one.did === 'upsert')) {
    for (const stored of await documents.getMany(ids)) expect([stored.revision >= revision, stored.document.at]).toEqual([true, stored.revision]);
    expect(await documents.getMany(ids)).toHaveLength(2);
  }
  await expectDue(engine, all);
}

/** Also that outputs and positions agree: exactly the messages before the position have been copied, once. */
async function expectMessages(bus: MessageBus, all: readonly Acknowledged[]): Promise<void> {
  const committed = await bus.committed('copier', 'input');
  for (const partition of [0, 1]) {
    const input = await contents(bus, 'input', partition);
    const byOffset = new Map(input.map((message) => [message.offset, message]));
    expect(input.map(({ offset }) => offset)).toEqual(input.map((_, at) => at));
    expect(input.every(({ key, value }) => value?.length === 600 && value.toString().startsWith(key))).toBe(true);
    const told = all.flatMap((one) => (one.did === 'publish' && one.partition === partition ? one.messages : []));
    expect(told.filter(([value, offset]) => byOffset.get(offset)?.key !== value)).toEqual([]);
    const copied = (await contents(bus, 'output', partition)).map(({ value }) => Number(value));
    expect(copied).toEqual(Array.from({ length: committed.get(partition) ?? 0 }, (_, at) => at));
  }
}

async function expectEvents({ eventStore }: SqliteEngine, all: readonly Acknowledged[]): Promise<void> {
  const counts = new Map<string, number>();
  for (let after = -1; ; ) {
    const page = await eventStore.readAll({ after });
    for (const { stream } of page) counts.set(stream, (counts.get(stream) ?? 0) + 1);
    const last = page.at(-1);
    if (last === undefined) break;
    after = last.position;
  }
  expect([...counts].filter(([, count]) => count !== 3)).toEqual([]);
  expect(all.filter((one) => one.did === 'append' && counts.get(one.stream) !== one.revision + 1)).toEqual([]);
}

async function expectDue({ dueQueue }: SqliteEngine, all: readonly Acknowledged[]): Promise<void> {
  const lanes = await dueQueue.lanes(0, { limit: 10 });
  const found = new Set<string>();
  for (const { lane, waiting } of lanes) {
    const { items } = await dueQueue.load({ partition: 0, lane, dueBefore: Infinity, limit: 1_000_000 });
    expect(items).toHaveLength(waiting);
    for (const { id } of items) found.add(id);
  }
  expect(all.filter((one) => one.did === 'put' && !found.has(one.id))).toEqual([]);
  expect(all.filter((one) => one.did === 'complete' && found.has(one.id))).toEqual([]);
}

describe('a process that is killed while it writes', () => {
  it(`leaves everything it acknowledged and nothing by half, ${kills} times in a row`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hookyard-crash-'));
    const all: Acknowledged[] = [];
    let next = startWriter(folder, 1);
    try {
      for (let round = 1; round <= kills; round += 1) {
        const writer = next;
        await writer.loaded;
        writer.child.stdin?.write('go\n');
        if (round < kills) next = startWriter(folder, round + 1);
        // Anywhere from the middle of opening to some hundreds of commits later.
        await writer.reaches(randomInt(1, round % 4 === 0 ? 4 : 250));
        await kill(writer);
        all.push(...writer.acknowledged);
        const engine = await openSqliteEngine({ folder });
        await engine.bus.declare([{ name: 'input', partitions: 2 }, { name: 'output', partitions: 2 }]);
        await expectEverything(engine, round === kills ? all : writer.acknowledged).finally(() => engine.close());
      }
      expect(all.length).toBeGreaterThan(kills * 20);
    } finally {
      next.child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }
  }, 120_000);
});
