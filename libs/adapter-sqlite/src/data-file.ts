import { closeSync, existsSync, openSync } from 'node:fs';
import { openDatabase, number, storageTrouble, text, type Database } from './driver.ts';
import { currentFormat, formatOf, migrate } from './migrations.ts';
import { applicationId } from './schema.ts';
import { Refused } from './writer/handler.ts';

// Half the payloads are about 1 kB; 8 KiB pages wrote them a third faster than 4 KiB pages.
const pageBytes = 8192;
const writerSettings = `
  PRAGMA busy_timeout = 5000;
  PRAGMA page_size = ${pageBytes};
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA cache_size = -65536;
  PRAGMA temp_store = MEMORY;
  PRAGMA wal_autocheckpoint = 16384;
  PRAGMA journal_size_limit = 67108864;
`;
const readerSettings = `
  PRAGMA busy_timeout = 5000;
  PRAGMA query_only = ON;
  PRAGMA cache_size = -32768;
  PRAGMA temp_store = MEMORY;
`;

// Checks at start every page of a file up to this size (some tens of milliseconds), and of a larger one what is used at once.
const wholeCheckBytes = 32 * 1024 * 1024;

export type DataFileOptions = {
  readonly path: string;
  /** The folder has held data before: then an empty file means that the data is gone. */
  readonly mustExist: boolean;
  /** The file never grows beyond. */
  readonly maxBytes?: number;
};

/**
 * Opens the database for its one writer, creates it when there is none, and brings an older format forward.
 * Refused with `data_folder_damaged` or `data_folder_too_new`; then the file is left as it is.
 */
export function openForWriting({ path, mustExist, maxBytes }: DataFileOptions): Database {
  if (mustExist && !existsSync(path)) throw damaged('the database is gone although data was written before');
  closeSync(openSync(path, 'a', 0o600)); // for its owner alone; the files beside it get the same rights
  const db = openDatabase(path);
  try {
    requireUndamaged(db, mustExist);
    db.exec(writerSettings);
    migrate(db);
    if (maxBytes !== undefined) db.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(maxBytes / pragma(db, 'page_size')))}`);
    return db;
  } catch (error) {
    db.close();
    throw storageTrouble(error) === 'damaged' ? damaged(String(error)) : error;
  }
}

export function openForReading(path: string): Database {
  const db = openDatabase(path, { readOnly: true });
  db.exec(readerSettings);
  return db;
}

function requireUndamaged(db: Database, mustExist: boolean): void {
  const format = formatOf(db);
  const id = pragma(db, 'application_id');
  const isEmpty = number(db.prepare('SELECT count(*) FROM sqlite_schema').get()?.[0]) === 0;
  if (isEmpty && format === 0 && id === 0) {
    if (mustExist) throw damaged('the database is empty although data was written before');
    return;
  }
  if (id !== applicationId) throw damaged('the file is not a database of this program');
  if (format > currentFormat) throw new Refused('data_folder_too_new', { format, newestKnown: currentFormat });
  if (pragma(db, 'page_count') * pragma(db, 'page_size') > wholeCheckBytes) return;
  const problem = text(db.prepare('PRAGMA quick_check(1)').get()?.[0]);
  if (problem !== 'ok') throw damaged(problem);
}

function damaged(reason: string): Refused {
  return new Refused('data_folder_damaged', { reason });
}

function pragma(db: Database, name: string): number {
  return number(db.prepare(`PRAGMA ${name}`).get()?.[0]);
}
