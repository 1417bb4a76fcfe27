import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dueQueueContract, eventStoreContract, messageBusContract, readModelsContract, type Opened } from '@hookyard/ports/testing';
import { openSqliteEngine, type SqliteEngine, type SqliteEngineOptions } from './engine.ts';

type PortName = 'bus' | 'eventStore' | 'readModels' | 'dueQueue';

/** Real: the file, the thread, the disk. A crash is the thread ended in the middle of whatever it does. */
function opening<Name extends PortName>(name: Name, options: Partial<SqliteEngineOptions> = {}): () => Promise<Opened<SqliteEngine[Name]>> {
  const inFolder = async (folder: string): Promise<Opened<SqliteEngine[Name]>> => {
    const engine = await openSqliteEngine({ folder, ...options });
    return {
      port: engine[name],
      async reopen() {
        await engine.abandon();
        return inFolder(folder);
      },
      async dispose() {
        await engine.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  };
  return () => inFolder(mkdtempSync(join(tmpdir(), 'hookyard-sqlite-')));
}

describe('the bus of the embedded engine', () => messageBusContract(opening('bus'), { durable: true }));
describe('the bus of the embedded engine, reading from disk alone', () => messageBusContract(opening('bus', { tailBytes: 0 }), { durable: true }));
describe('the event store of the embedded engine', () => eventStoreContract(opening('eventStore'), { durable: true }));
describe('the read models of the embedded engine', () => readModelsContract(opening('readModels'), { durable: true }));
describe('the due queue of the embedded engine', () => dueQueueContract(opening('dueQueue'), { durable: true }));
