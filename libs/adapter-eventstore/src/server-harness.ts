import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../../tools/eventstore-server/dist/main.js', import.meta.url));

/** A test server of one's own, which fails on demand. */
export type FaultyServer = {
  readonly connectionString: string;
  readonly port: number;
  /** tools/eventstore-server/README.md lists the faults and their settings. */
  fail(fault: string, settings?: Readonly<Record<string, unknown>>): Promise<void>;
  heal(): Promise<void>;
  /** kill -9, and the same server again at the same place. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
};

/** As a process: this package may not import tools. */
export async function startFaultyServer(args: readonly string[] = []): Promise<FaultyServer> {
  if (!existsSync(program)) throw new Error('the EventStoreDB test server is not built: run `npx tsc -b`');
  const folder = await mkdtemp(join(tmpdir(), 'hookyard-eventstore-'));
  let running = await start(folder, 0, args);
  const { port } = running;

  async function control(method: string, path: string, body?: object): Promise<void> {
    const response = await fetch(`${running.control}${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  }

  async function kill(): Promise<void> {
    if (running.child.exitCode !== null || running.child.signalCode !== null) return;
    const ended = once(running.child, 'exit');
    running.child.kill('SIGKILL');
    await ended;
  }

  return {
    connectionString: running.connectionString,
    port,
    fail: (fault, settings = {}) => control('PUT', `/faults/${fault}`, settings),
    heal: () => control('DELETE', '/faults'),
    kill,
    restart: async () => void (running = await start(folder, port, args)),
    async stop() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

type Running = { readonly child: ChildProcess; readonly connectionString: string; readonly port: number; readonly control: string };

async function start(folder: string, port: number, args: readonly string[]): Promise<Running> {
  const child = spawn(process.execPath, [program, '--data', join(folder, 'data'), '--port', String(port), '--control-port', '0', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  for await (const chunk of child.stdout) {
    said += String(chunk);
    const [, connectionString, bound] = /^listening on (esdb:\/\/[^:]+:(\d+)\S*)$/m.exec(said) ?? [];
    const [, url] = /^control on (\S+)$/m.exec(said) ?? [];
    if (connectionString !== undefined && url !== undefined) return { child, connectionString, port: Number(bound), control: url };
  }
  throw new Error(`the EventStoreDB test server did not start: ${said}`);
}
