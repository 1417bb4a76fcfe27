import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A standalone host started as its own process, as a person would start it. */
export type Host = {
  readonly url: string;
  readonly adminToken: string;
  readonly dataFolder: string;
  readonly pid: number;
  /** Everything it printed so far. */
  readonly output: () => string;
  /** Ctrl-C; answers the exit code. */
  readonly stop: () => Promise<number | null>;
  /** `kill -9`; resolves when the process is gone. */
  readonly kill: () => Promise<void>;
};

export type HostOptions = {
  /** Where its data lies; absent: a folder of its own that goes with it on `stop`. */
  readonly dataFolder?: string;
  /** Settings, by environment variable. */
  readonly settings?: Readonly<Record<string, string>>;
};

const entry = join(import.meta.dirname, '../../../apps/standalone/dist/main.js');

/** Starts a host on a free port and resolves when it is ready; rejects with what it printed when it ends before. */
export async function startHost(options: HostOptions = {}): Promise<Host> {
  const dataFolder = options.dataFolder ?? (await mkdtemp(join(tmpdir(), 'hookyard-')));
  const run = launch({ HOOKYARD_DATA_FOLDER: dataFolder, HOOKYARD_PORT: '0', ...options.settings });
  const url = await readyUrl(run);
  return {
    url,
    adminToken: (await readFile(join(dataFolder, 'admin-token'), 'utf8')).trim(),
    dataFolder,
    pid: run.child.pid ?? 0,
    output: run.output,
    stop: async () => {
      run.child.kill('SIGINT');
      const code = await run.ended;
      if (options.dataFolder === undefined) await rm(dataFolder, { recursive: true, force: true });
      return code;
    },
    kill: async () => {
      run.child.kill('SIGKILL');
      await run.ended;
    },
  };
}

export type Run = { readonly child: ChildProcess; readonly output: () => string; readonly ended: Promise<number | null> };

/** Starts the host's process, or another one, without waiting for it. */
export function launch(settings: Readonly<Record<string, string>>, program: string = entry): Run {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HOOKYARD_') && name !== 'NODE_OPTIONS'));
  const child = spawn(process.execPath, [program], { env: { ...inherited, ...settings }, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  // Whoever started it may fail or be cut short; it must not go on alone.
  const endWithParent = () => child.kill('SIGKILL');
  process.once('exit', endWithParent);
  const ended = new Promise<number | null>((resolve) =>
    child.once('exit', (code) => {
      process.off('exit', endWithParent);
      resolve(code);
    }),
  );
  return { child, output: () => printed, ended };
}

async function readyUrl(run: Run): Promise<string> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const found = /API\s+(http:\/\/\S+?)\/v1/.exec(run.output());
      if (found?.[1] !== undefined) resolve(found[1]);
    };
    run.child.stdout?.on('data', look);
    void run.ended.then((code) => reject(new Error(`the host ended with ${code} before it was ready:\n${run.output()}`)));
  });
}
