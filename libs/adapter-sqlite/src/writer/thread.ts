import { parentPort, workerData } from 'node:worker_threads';
import { openForWriting } from '../data-file.ts';
import type { Database } from '../driver.ts';
import type { AnswersMessage, BatchMessage, ClosedMessage, CloseMessage, OpenedMessage, WriterData } from '../wire/requests.ts';
import { checkpoints } from './checkpoints.ts';
import { groupCommit } from './group-commit.ts';
import { Refused } from './handler.ts';

/** The one writer: opens the database, answers whether it could, then carries out batches until it is told to close. */
function run(port: NonNullable<typeof parentPort>, data: WriterData): void {
  const tell = (message: OpenedMessage | ClosedMessage): void => port.postMessage(message);
  let db: Database;
  try {
    db = openForWriting(data);
  } catch (error) {
    tell(refusalOf(error));
    return;
  }
  const commit = groupCommit(db);
  const checkpoint = checkpoints(db);
  port.on('message', (message: BatchMessage | CloseMessage) => {
    if (message.kind === 'close') {
      checkpoint.stop();
      db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      db.close();
      tell({ kind: 'closed' });
      port.close();
      return;
    }
    const answers: AnswersMessage = commit(message);
    port.postMessage(answers, [answers.answers, answers.recycled]);
    checkpoint.committed(message.length);
  });
  tell({ kind: 'opened' });
}

function refusalOf(error: unknown): OpenedMessage {
  if (error instanceof Refused) return { kind: 'refused', code: error.code, details: error.details };
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { kind: 'broken', message, stack };
}

if (parentPort !== null) run(parentPort, workerData as WriterData);
