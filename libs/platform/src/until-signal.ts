import { isFault } from '@hookyard/event-schemas';
import { SettingsRefused } from '@hookyard/runtime';
import { StartRefused } from './start-refused.ts';

const drainMs = 10_000;
const signals = ['SIGINT', 'SIGTERM'] as const;

/**
 * The life of a process: starts, waits for SIGINT or SIGTERM, stops what `start` answered, and ends with code 0.
 * A start that is refused: its sentences on stderr and code 1. A second signal, or no end within 10 s, ends it at once with code 1.
 */
export async function untilSignal(start: () => Promise<() => Promise<void>>): Promise<never> {
  const signalled = firstSignal();
  try {
    const stop = await start();
    await signalled;
    await within(drainMs, stop());
    process.exit(0);
  } catch (error) {
    for (const sentence of sentencesOf(error)) process.stderr.write(`${sentence}\n`);
    process.exit(1);
  }
}

// npm passes on the Ctrl-C that the terminal has sent to all of its processes already: the same one, twice, at once.
const sameSignalMs = 500;

function firstSignal(): Promise<void> {
  let firstAt: number | undefined;
  return new Promise((resolve) => {
    for (const signal of signals) {
      process.on(signal, () => {
        const now = performance.now();
        firstAt ??= now;
        if (now - firstAt > sameSignalMs) process.exit(1);
        resolve();
      });
    }
  });
}

async function within(limitMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StartRefused(`Not everything had ended after ${limitMs / 1_000} s; what was in hand is done again at the next start.`)), limitMs);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** What to tell the person at the terminal: sentences where we know the reason, else all there is. */
export function sentencesOf(error: unknown): readonly string[] {
  if (error instanceof SettingsRefused) return error.problems;
  if (error instanceof StartRefused || isFault(error, 'unavailable')) return [error.message];
  return [`Hookyard broke: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`];
}
