import { number, type Database } from '../driver.ts';

export interface Checkpoints {
  /** Tells that a batch of so many bytes has been committed and answered. */
  committed(bytes: number): void;
  /** The last one, before closing: leaves an empty write-ahead log, so that the database stands for itself. */
  finish(): void;
}

// A checkpoint of 8 MiB takes a few milliseconds, between two commits; a larger log makes it rarer but longer.
const bytesBetween = 8 * 1024 * 1024;
const idleMs = 200;
// What a commit adds to the write-ahead log beside its own bytes: a few index and counter pages.
const bytesOfCommit = 48 * 1024;

/** Moves the write-ahead log into the database, after answering and preferably while nobody waits. */
export function checkpoints(db: Database): Checkpoints {
  let pending = 0;
  let idle: NodeJS.Timeout | undefined;
  const run = (mode: 'PASSIVE' | 'TRUNCATE' = 'PASSIVE'): void => {
    try {
      const [, frames, moved] = db.prepare(`PRAGMA wal_checkpoint(${mode})`).get() ?? [];
      // A reader that was looking kept some of it from being moved: the next one does it.
      if (number(frames) === number(moved)) pending = 0;
    } catch {
      // A full disk has no room to move it to. Nothing is lost: it stays in the write-ahead log.
    }
  };
  return {
    committed(bytes) {
      pending += bytes + bytesOfCommit;
      clearTimeout(idle);
      if (pending >= bytesBetween) run();
      if (pending > 0) idle = setTimeout(() => run(), idleMs).unref();
    },
    finish() {
      clearTimeout(idle);
      run('TRUNCATE');
    },
  };
}
