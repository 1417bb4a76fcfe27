import { number, type Database } from './driver.ts';
import { applicationId, collectionTables, dueLaneCounts, dueTables, logTables } from './schema.ts';

type Migration = (db: Database) => void;

/**
 * Step n takes format n to format n + 1; an empty file is format 0. A step that has been released is never changed:
 * a new format is a new step at the end, with a test that starts from a file of the format before.
 */
const migrations: readonly Migration[] = [
  (db) => db.exec(logTables + collectionTables + dueTables),
  // Counting the waiting work of a lane took as long as the lane was deep.
  (db) => db.exec(dueLaneCounts),
];

export const currentFormat = migrations.length;

export function formatOf(db: Database): number {
  return number(db.prepare('PRAGMA user_version').get()?.[0]);
}

/** Moves a file of any older format to the current one: all of the steps, or none. */
export function migrate(db: Database): void {
  const from = formatOf(db);
  if (from >= currentFormat) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    for (const step of migrations.slice(from)) step(db);
    db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${currentFormat}; COMMIT`);
  } catch (error) {
    if (db.isInTransaction()) db.exec('ROLLBACK');
    throw error;
  }
}
