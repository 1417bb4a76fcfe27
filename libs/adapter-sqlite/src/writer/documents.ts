import { number, type Database, type SqlValue } from '../driver.ts';
import { documentTable, fieldColumn, findSql, insertSql, updateSql } from '../collection-tables.ts';
import type { Unpacker } from '../wire/bytes.ts';
import type { Handler } from './handler.ts';

/** How a field's value crosses. */
export const fieldTags = { absent: 0, number: 1, text: 2 } as const;

/** Fields: table id, field names…, writes (id, revision, expiry, document, field values…)…; answers 1 for each that was newer. */
export function upsertHandler(db: Database): Handler {
  return (request, answer, now) => {
    const table = request.u32();
    const compared = ['revision', 'expires_at'];
    for (let left = request.u32(); left > 0; left -= 1) compared.push(fieldColumn(request.text()));
    const insert = db.prepare(insertSql(table, ['document', ...compared]));
    const replace = replacement(db, table, compared);
    for (let left = request.u32(); left > 0; left -= 1) {
      const id = request.text();
      const [revision, expiresAt, document] = [request.number(), optionalNumber(request), request.text()];
      const values: SqlValue[] = [revision, expiresAt];
      while (values.length < compared.length) values.push(unpackField(request));
      const isStored = insert.run(id, document, ...values).changes > 0 || replace({ id, document, values }, now);
      answer.u8(isStored ? 1 : 0);
    }
  };
}

type Replacing = { readonly id: string; readonly document: string; readonly values: readonly SqlValue[] };

/**
 * Replaces a document by a newer one; what has expired is as good as absent. Writes the columns that differ, and no others:
 * each index of which nothing changes is one page less to write.
 */
function replacement(db: Database, table: number, columns: readonly string[]): (replacing: Replacing, now: number) => boolean {
  const find = db.prepare(findSql(table, columns));
  return ({ id, document, values }, now) => {
    const [row, ...stored] = find.get(id) ?? [];
    const [revision, expiresAt] = stored;
    const isExpired = typeof expiresAt === 'number' && expiresAt <= now;
    if (row === undefined || (number(values[0]) <= number(revision) && !isExpired)) return false;
    const differs = (_: unknown, at: number): boolean => stored[at] !== values[at];
    db.prepare(updateSql(table, ['document', ...columns.filter(differs)])).run(document, ...values.filter(differs), row);
    return true;
  };
}

/** Fields: table id, ids…; answers how many there were. */
export function deleteDocumentsHandler(db: Database): Handler {
  return (request, answer, now) => {
    const table = documentTable(request.u32());
    const remove = db.prepare(`DELETE FROM ${table} WHERE id = ? RETURNING expires_at IS NULL OR expires_at > ?`);
    let removed = 0;
    for (let left = request.u32(); left > 0; left -= 1) removed += remove.get(request.text(), now)?.[0] === 1 ? 1 : 0;
    answer.u32(removed);
  };
}

function optionalNumber(request: Unpacker): number | null {
  return request.u8() === 0 ? null : request.number();
}

function unpackField(request: Unpacker): SqlValue {
  const tag = request.u8();
  if (tag === fieldTags.absent) return null;
  return tag === fieldTags.number ? request.number() : request.text();
}
