import { join } from 'node:path';
import { logBus } from '@hookyard/consumer-groups';
import { systemClock, type Clock, type DueQueue, type EventStore, type MessageBus, type ReadModels } from '@hookyard/ports';
import { prepareFolder } from './data-folder.ts';
import { openForReading } from './data-file.ts';
import { sqliteDueQueue } from './due-queue.ts';
import { sqliteEventStore } from './event-store.ts';
import { lockFolder } from './lock.ts';
import { sqliteLog } from './log.ts';
import { sqliteReadModels } from './read-models.ts';
import { databaseFile } from './schema.ts';
import { oneEachTurn } from './turns.ts';
import { upkeep as startUpkeep } from './upkeep.ts';
import { openWriter } from './writer.ts';

export type SqliteEngineOptions = {
  /** Created when missing. One process at a time. */
  readonly folder: string;
  /** @default systemClock */
  readonly clock?: Clock;
  /** The newest messages kept in memory for those who read near the head of the log. @default 64 MiB */
  readonly tailBytes?: number;
  /** Writes that wait beyond so many bytes are refused with `overloaded`. @default 256 MiB */
  readonly maxWaitingBytes?: number;
  /** The database never grows beyond; then writes are refused with `storage_full`. Default: as far as the disk goes. */
  readonly maxDatabaseBytes?: number;
  /** How often what has expired is removed. @default 10 s */
  readonly upkeepEveryMs?: number;
  /** The writer thread ended by itself (out of memory, a bug): every write is rejected from now on, and the process had better be started anew. */
  readonly onWriterLost?: (error: Error) => void;
};

export interface SqliteEngine {
  readonly bus: MessageBus;
  readonly eventStore: EventStore;
  readonly readModels: ReadModels;
  readonly dueQueue: DueQueue;
  /** Removes now all that retention and expiry allow to remove; it happens by itself too. */
  removeExpired(): Promise<void>;
  /** Closes the ports, finishes what was asked of them, and gives the folder free. */
  close(): Promise<void>;
  /** Lets go of everything at this instant, finishing nothing: as near to a crash as it comes inside one process. For tests. */
  abandon(): Promise<void>;
}

const mib = 1024 * 1024;

/**
 * The embedded engine: all four ports on one SQLite file in a folder. What a port acknowledged is on disk.
 * Refused with `data_folder_in_use`, `data_folder_damaged` or `data_folder_too_new`.
 */
export async function openSqliteEngine(options: SqliteEngineOptions): Promise<SqliteEngine> {
  const { clock = systemClock, tailBytes = 64 * mib, maxWaitingBytes = 256 * mib, maxDatabaseBytes, upkeepEveryMs = 10_000 } = options;
  const folder = await prepareFolder(options.folder);
  const path = join(folder, databaseFile);
  const lock = lockFolder(folder);
  try {
    const writer = await openWriter({
      path,
      mustExist: lock.wasWritten,
      clock,
      maxWaitingBytes,
      ...(maxDatabaseBytes === undefined ? {} : { maxBytes: maxDatabaseBytes }),
      ...(options.onWriterLost === undefined ? {} : { onLost: options.onWriterLost }),
    });
    lock.markWritten();
    const reader = openForReading(path);
    const turns = oneEachTurn();
    const bus = logBus(sqliteLog({ writer, reader, turns, tailBytes }), clock);
    const eventStore = sqliteEventStore({ writer, reader, turns, clock });
    const readModels = sqliteReadModels({ writer, reader, turns, clock });
    const dueQueue = sqliteDueQueue({ writer, reader });
    const upkeep = startUpkeep({ writer, readModels, clock, everyMs: upkeepEveryMs });
    const ports = [bus, eventStore, readModels, dueQueue];

    let ended: Promise<void> | undefined;
    const end = async (letGo: () => Promise<void>): Promise<void> => {
      await letGo();
      lock.release();
    };
    return {
      bus,
      eventStore,
      readModels,
      dueQueue,
      removeExpired: upkeep.run,
      close: () => (ended ??= end(async () => {
        await upkeep.stop();
        await Promise.all(ports.map((port) => port.close()));
        // The writer's connection is the last to close: SQLite then moves the write-ahead log into the database and removes it.
        reader.close();
        await writer.close();
      })),
      abandon: () => (ended ??= end(async () => {
        await writer.abandon();
        await upkeep.stop();
        await Promise.all(ports.map((port) => port.close()));
        reader.close();
      })),
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}
