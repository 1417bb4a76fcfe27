import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { identify, isAlive, signal, type Identity } from './identity.ts';
import { lastLines, notInstalled } from './run.ts';

export type ProcessOptions = {
  /** For sentences. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Everything printed is appended here. */
  readonly logFile: string;
  /** Printed when the server answers. */
  readonly ready: RegExp;
  /** Goes on when this process ends; otherwise it dies with it, however that ends. */
  readonly outlives: boolean;
  /** The folder that goes when the server dies with us. */
  readonly folder: string;
};

/** One server process, startable again and again with the same arguments. */
export type ServerProcess = {
  /** The running process, or the last one. */
  readonly identity: () => Identity;
  /** SIGKILL; resolves when it is gone. */
  readonly kill: () => Promise<void>;
  /** Ends it in good order when it runs (SIGTERM, after 10 s SIGKILL), and resolves when a new process is ready. */
  readonly restart: () => Promise<void>;
  /** SIGSTOP: it keeps its connections and answers nothing. */
  readonly pause: () => void;
  /** SIGCONT. */
  readonly resume: () => void;
};

const readyWithinMs = 60_000;
const endWithinMs = 10_000;

/** Resolves when the server is ready; rejects with the end of its log when it ends before that, or takes longer than a minute. */
export async function startProcess(options: ProcessOptions): Promise<ServerProcess> {
  let identity = await launch(options);
  return {
    identity: () => identity,
    kill: () => end(identity, 'SIGKILL'),
    restart: async () => {
      await end(identity, 'SIGTERM');
      identity = await launch(options);
    },
    pause: () => void signal(identity, 'SIGSTOP'),
    resume: () => void signal(identity, 'SIGCONT'),
  };
}

/** Signals the process and resolves when it is gone; one that does not obey in time is killed. Nothing to do when it has gone before. */
export async function end(identity: Identity, by: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  signal(identity, by);
  // A stopped process keeps SIGTERM for when it goes on.
  if (by === 'SIGTERM') signal(identity, 'SIGCONT');
  const killAt = performance.now() + endWithinMs;
  while (isAlive(identity)) {
    if (performance.now() > killAt) signal(identity, 'SIGKILL');
    await pause(10);
  }
}

async function launch(options: ProcessOptions): Promise<Identity> {
  const log = await open(options.logFile, 'a');
  try {
    const { size } = await stat(options.logFile);
    // A process group of its own: Ctrl-C in a terminal reaches us alone, and we end servers in our order.
    const child = spawn(options.command, options.args, { stdio: ['ignore', log.fd, log.fd], detached: true });
    await spawned(child, options.command);
    const identity = identify(child.pid as number);
    child.unref();
    if (!options.outlives) dieWithUs(child, options.folder);
    await untilReady(options, { child, identity, from: size });
    return identity;
  } finally {
    await log.close();
  }
}

async function spawned(child: ChildProcess, command: string): Promise<void> {
  try {
    await once(child, 'spawn');
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? notInstalled(command) : error;
  }
}

/** A shell that waits for the end of its input, which comes when we end by whatever cause, SIGKILL included, and takes the server and its data with it. */
function dieWithUs(child: ChildProcess, folder: string): void {
  const script = 'while read -r line; do :; done; kill -9 "$0"; rm -rf "$1"';
  const guard = spawn('/bin/sh', ['-c', script, String(child.pid), folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  guard.unref();
  (guard.stdin as unknown as { unref(): void }).unref();
  child.once('exit', () => guard.kill('SIGKILL'));
}

type Launched = { readonly child: ChildProcess; readonly identity: Identity; readonly from: number };

async function untilReady({ name, logFile, ready }: ProcessOptions, { child, identity, from }: Launched): Promise<void> {
  const deadline = performance.now() + readyWithinMs;
  for (;;) {
    const printed = (await readFile(logFile)).subarray(from).toString();
    if (ready.test(printed)) return;
    const ended = child.exitCode !== null || child.signalCode !== null || !isAlive(identity);
    if (ended || performance.now() > deadline) {
      await end(identity, 'SIGKILL');
      throw new Error(`${name} ${ended ? 'ended before it was ready' : 'was not ready within a minute'}:\n${lastLines(printed)}`);
    }
    await pause(25);
  }
}
