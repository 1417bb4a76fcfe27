import { parentPort, workerData } from 'node:worker_threads';
import { openForWriting } from '../data-file.ts';
import type { Database } from '../driver.ts';
import type { AnswersMessage, BatchMessage, ClosedMessage, EndMessage, OpenedMessage, WriterData } from '../wire/requests.ts';
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
  /** A crash of this thread alone: the transaction in hand is lost, and the operating system's locks are freed. */
  const endIfAbandoned = (): void => {
    if (Atomics.load(data.abandoned, 0) !== 0) process.exit();
  };
  const commit = groupCommit(db, endIfAbandoned);
  const checkpoint = checkpoints(db);
  port.on('message', (message: BatchMessage | EndMessage) => {
    endIfAbandoned();
    if (message.kind !== 'batch') {
      checkpoint.finish();
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
