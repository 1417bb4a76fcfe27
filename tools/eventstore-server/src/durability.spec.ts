import { EventStoreDBClient, type AppendResult, type EventData } from '@eventstore/db-client';
import { until } from '@hookyard/ports/testing';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { controlOf } from './faults/control.ts';
import { startEventStoreServer } from './server.ts';
import { collected, event, events, failureOf, freshStream, testServer } from './testing-harness.ts';

/** Real: the program as a process of its own (from its sources), the file, SIGKILL. */
const program = fileURLToPath(new URL('./main.ts', import.meta.url));
const fromSources = new URL('../../../libs/adapter-sqlite/from-sources/register.mjs', import.meta.url).href;

type Running = { readonly child: ChildProcess; readonly connectionString: string; readonly port: string; readonly control: string };

async function start(data: string, port = '0'): Promise<Running> {
  const args = ['--import', fromSources, '--conditions=@hookyard/source', program, '--data', data, '--port', port, '--control-port', '0'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout?.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const found = await until(() => /^listening on (esdb:\/\/127\.0\.0\.1:(\d+)\?tls=false)\ncontrol on (\S+)\n/.exec(printed));
  return { child, connectionString: found[1] as string, port: found[2] as string, control: found[3] as string };
}

async function end({ child }: Running, signal: NodeJS.Signals): Promise<number | null> {
  const exited = once(child, 'exit');
  child.kill(signal);
  return ((await exited) as [number | null])[0];
}

describe('the server as a process', () => {
  let data: string;
  let running: Running;

  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'hookyard-eventstore-'));
    running = await start(data);
  });
  afterEach(async () => {
    if (running.child.exitCode === null && running.child.signalCode === null) await end(running, 'SIGKILL');
    await rm(data, { recursive: true });
  });

  it('has everything it acknowledged after it is killed, at the same port, and recognises what is repeated', async () => {
    const acknowledged = new Map<string, { readonly sent: EventData[]; readonly result: AppendResult }>();
    const unanswered = new Map<string, EventData[]>();
    for (let round = 0; round < 3; round += 1) {
      const client = EventStoreDBClient.connectionString(running.connectionString);
      const first = [...acknowledged][0];
      if (first !== undefined) expect(await client.appendToStream(first[0], first[1].sent, { expectedRevision: 'no_stream' })).toEqual(first[1].result);
      const goal = acknowledged.size + 150;
      const writers = Array.from({ length: 16 }, async () => {
        for (;;) {
          const [stream, sent] = [freshStream(), events(3)];
          try {
            acknowledged.set(stream, { sent, result: await client.appendToStream(stream, sent, { expectedRevision: 'no_stream' }) });
          } catch {
            unanswered.set(stream, sent);
            return;
          }
        }
      });
      await until(() => acknowledged.size > goal);
      await end(running, 'SIGKILL');
      await Promise.all(writers);
      await client.dispose();
      running = await start(data, running.port);
    }
    const client = EventStoreDBClient.connectionString(running.connectionString);
    const counts = new Map<string, number>();
    for (const { event: recorded } of await collected(client.readAll())) counts.set(recorded?.streamId ?? '', (counts.get(recorded?.streamId ?? '') ?? 0) + 1);
    for (const stream of acknowledged.keys()) expect([stream, counts.get(stream)]).toEqual([stream, 3]);
    // What was not answered is there whole or not at all.
    for (const stream of unanswered.keys()) expect([undefined, 3]).toContain(counts.get(stream));
    await client.dispose();
  });

  it('ends in good order when it is told to, subscriptions or not, and fails on demand', async () => {
    const client = EventStoreDBClient.connectionString(running.connectionString);
    const control = controlOf(running.control);
    const subscription = client.subscribeToAll();
    const failed = new Promise((resolve) => subscription.on('error', resolve));
    subscription.on('data', () => {});
    await client.appendToStream(freshStream(), event());
    await until(async () => (await control.state()).subscriptions === 1);
    await control.set('busy', { times: 1 });
    expect(await failureOf(client.appendToStream(freshStream(), event()))).toMatchObject({ type: 'unknown' });
    expect(await end(running, 'SIGTERM')).toBe(0);
    expect(['unavailable', 'cancelled']).toContain(((await failed) as { type: string }).type);
    await client.dispose();
  });
});

describe('a log that a crash left torn', () => {
  const { client, data, restart } = testServer();
  const log = () => join(data(), 'events.log');

  it.each([
    ['a header cut short', () => appendFile(log(), Buffer.of(1, 2, 3))],
    ['a length that leads beyond the end', () => appendFile(log(), Buffer.alloc(12, 0x7f))],
    ['nothing but zeros', () => appendFile(log(), Buffer.alloc(4_096))],
    ['a checksum that does not fit', () => appendFile(log(), Buffer.concat([Buffer.of(8, 0, 0, 0, 1, 2, 3, 4), Buffer.alloc(8, 9)]))],
  ])('loses %s and nothing else', async (_, tear) => {
    const stream = freshStream();
    await client().appendToStream(stream, events(3));
    let whole = 0;
    await restart(async () => {
      whole = (await stat(log())).size;
      await tear();
    });
    expect((await stat(log())).size).toBe(whole);
    expect(await collected(client().readStream(stream))).toHaveLength(3);
    expect((await client().appendToStream(stream, event(), { expectedRevision: 2n })).nextExpectedRevision).toBe(3n);
    await restart();
    expect(await collected(client().readStream(stream))).toHaveLength(4);
  });

  it('loses an append of several events as a whole', async () => {
    const stream = freshStream();
    await client().appendToStream(stream, events(2));
    await client().appendToStream(stream, events(5));
    await restart(async () => truncate(log(), (await stat(log())).size - 10));
    expect(await collected(client().readStream(stream))).toHaveLength(2);
  });

  it('is not taken for one when it is another file', async () => {
    await restart();
    const copy = await mkdtemp(join(tmpdir(), 'hookyard-eventstore-'));
    await appendFile(join(copy, 'events.log'), 'this is a shopping list, not a log\n');
    await expect(startEventStoreServer({ data: copy })).rejects.toThrow('not a log of this server');
    await rm(copy, { recursive: true });
  });
});
