import { storageTrouble, type Database } from '../driver.ts';
import { packer, unpacker, type Packer, type Unpacker } from '../wire/bytes.ts';
import { outcomes, requestKinds, type AnswersMessage, type BatchMessage, type Breakage, type Refusal, type RequestKind } from '../wire/requests.ts';
import { appendHandler } from './append.ts';
import { channels as rememberedChannels } from './channels.ts';
import { controlHandler } from './control.ts';
import { deleteDocumentsHandler, upsertHandler } from './documents.ts';
import { completeDueHandler, putDueHandler } from './due.ts';
import { Refused, type Handler } from './handler.ts';
import { publishHandler } from './publish.ts';

/**
 * Carries out a batch as one transaction, with one fsync for all of it. When something other than a refusal goes wrong, nothing of it
 * stays, and each request is tried again in a transaction of its own: only what cannot be done fails. `beforeEach` request and commit is told.
 */
export function groupCommit(db: Database, beforeEach: () => void): (batch: BatchMessage) => AnswersMessage {
  const channels = rememberedChannels(db);
  const handlers: Readonly<Record<RequestKind, Handler>> = {
    [requestKinds.publish]: publishHandler(db, channels),
    [requestKinds.append]: appendHandler(db, channels),
    [requestKinds.upsert]: upsertHandler(db),
    [requestKinds.deleteDocuments]: deleteDocumentsHandler(db),
    [requestKinds.putDue]: putDueHandler(db),
    [requestKinds.completeDue]: completeDueHandler(db),
    [requestKinds.control]: controlHandler(db, channels),
  };

  const carryOut = (request: Unpacker, answers: Packer, now: number): void => {
    beforeEach();
    const end = request.u32() + request.at();
    const start = answers.size();
    answers.u8(outcomes.done);
    try {
      handlers[request.u8() as RequestKind](request, answers, now);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      answers.cut(start);
      answers.u8(outcomes.refused);
      answers.text(JSON.stringify({ code: error.code, details: error.details } satisfies Refusal));
    }
    request.seek(end);
  };

  const transaction = (work: () => void): void => {
    db.exec('BEGIN IMMEDIATE');
    try {
      work();
      channels.flush();
      beforeEach();
      db.exec('COMMIT');
    } catch (error) {
      if (db.isInTransaction()) db.exec('ROLLBACK');
      channels.forget();
      throw error;
    }
  };

  const together = (batch: BatchMessage, answers: Packer): void =>
    transaction(() => {
      const requests = unpacker(batch.requests, batch.length);
      for (let left = batch.count; left > 0; left -= 1) carryOut(requests, answers, batch.now);
    });

  const oneByOne = (batch: BatchMessage, answers: Packer): void => {
    const requests = unpacker(batch.requests, batch.length);
    for (let left = batch.count; left > 0; left -= 1) {
      const start = requests.at();
      const end = requests.u32() + requests.at();
      const answerStart = answers.size();
      try {
        requests.seek(start);
        transaction(() => carryOut(requests, answers, batch.now));
      } catch (error) {
        answers.cut(answerStart);
        packFailure(answers, error);
      }
      requests.seek(end);
    }
  };

  return (batch) => {
    const answers = packer();
    try {
      together(batch, answers);
    } catch {
      answers.cut(0);
      oneByOne(batch, answers);
    }
    const { buffer, length } = answers.take();
    return { kind: 'answers', answers: buffer, length, count: batch.count, recycled: batch.requests };
  };
}

function packFailure(answers: Packer, error: unknown): void {
  const trouble = storageTrouble(error);
  if (trouble === 'full' || trouble === 'damaged') {
    answers.u8(outcomes.refused);
    answers.text(JSON.stringify({ code: trouble === 'full' ? 'storage_full' : 'data_folder_damaged', details: {} } satisfies Refusal));
    return;
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  answers.u8(outcomes.broken);
  answers.text(JSON.stringify({ message, stack } satisfies Breakage));
}
