import { statSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '@hookyard/event-schemas';
import { openDatabase, storageTrouble } from './driver.ts';

export interface FolderLock {
  /** Whether `markWritten` was ever called in this folder. */
  readonly wasWritten: boolean;
  /** From now on an empty database means that the data is gone. */
  markWritten(): void;
  release(): void;
}

/**
 * Makes this process the only one on the folder, until `release` or its end: the lock is one of the operating system's on a file of its own,
 * so that a kill frees it. Refused with `data_folder_in_use`.
 */
export function lockFolder(folder: string): FolderLock {
  const path = join(folder, 'hookyard.lock');
  // Its size, not its content: closing a file that SQLite has locked would free the lock. https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
  const wasWritten = (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;
  const db = openDatabase(path);
  try {
    // In this mode SQLite keeps the file locked after the first transaction ends. https://sqlite.org/pragma.html#pragma_locking_mode
    // Rolled back, the file stays empty until `markWritten`.
    // No statement is ever prepared here: one that is not yet collected as garbage would hold the lock beyond `release`.
    db.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; ROLLBACK');
    return {
      wasWritten,
      markWritten: () => db.exec('PRAGMA user_version = 1'),
      release: () => db.close(),
    };
  } catch (error) {
    db.close();
    const trouble = storageTrouble(error);
    if (trouble === 'busy') throw new Fault('data_folder_in_use', { folder });
    if (trouble === 'damaged') throw new Fault('data_folder_damaged', { folder, reason: 'hookyard.lock is not a lock file of this program' });
    throw error;
  }
}
