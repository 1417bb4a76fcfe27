import type { Database, SqlValue } from '../driver.ts';
import { documentTable, upsertSql, type FieldColumn } from '../collection-tables.ts';
import type { Unpacker } from '../wire/bytes.ts';
import type { Handler } from './handler.ts';

/** How a field's value crosses. */
export const fieldTags = { absent: 0, number: 1, text: 2 } as const;

/** Fields: table id, field names…, writes (id, revision, expiry, document, field values…)…; answers 1 for each that was newer. */
export function upsertHandler(db: Database): Handler {
  return (request, answer, now) => {
    const table = request.u32();
    const columns: FieldColumn[] = [];
    for (let left = request.u32(); left > 0; left -= 1) columns.push({ field: request.text() });
    const upsert = db.prepare(upsertSql(table, columns));
    for (let left = request.u32(); left > 0; left -= 1) {
      const fixed: SqlValue[] = [request.text(), request.number(), optionalNumber(request), request.text()];
      const fields = columns.map(() => unpackField(request));
      answer.u8(upsert.run(...fixed, ...fields, now).changes > 0 ? 1 : 0);
    }
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
