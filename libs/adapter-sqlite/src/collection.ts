import { Fault } from '@hookyard/event-schemas';
import type { Clock, Collection, CollectionSpec, Document, FieldType, Query, Stored, Write } from '@hookyard/ports';
import { documentTable } from './collection-tables.ts';
import { fromCursor, toCursor } from './cursor.ts';
import { number, text, type Database, type Row, type SqlValue } from './driver.ts';
import { planCount, planQuery } from './query-plan.ts';
import { toSql, type Sql } from './query-conditions.ts';
import type { Turns } from './turns.ts';
import type { Packer } from './wire/bytes.ts';
import { requestKinds } from './wire/requests.ts';
import { fieldTags } from './writer/documents.ts';
import type { Writer } from './writer.ts';

export type CollectionContext = {
  /** Where its documents lie now: another table when it has been replaced. */
  readonly table: () => number;
  readonly writer: Writer;
  readonly reader: Database;
  readonly turns: Turns;
  readonly clock: Clock;
  readonly requireOpen: () => void;
};

const mostItems = 1_000;

export function openCollection<D extends Document>(spec: CollectionSpec, { table, writer, reader, turns, clock, requireOpen }: CollectionContext): Collection<D> {
  const fields = Object.entries(spec.fields);
  const find = () => `SELECT id, revision, expires_at, document FROM ${documentTable(table())} WHERE id = ? AND (expires_at IS NULL OR expires_at > ?)`;
  const get = (id: string): Stored<D> | null => {
    const row = reader.prepare(find()).get(id, clock.now());
    return row === undefined ? null : storedOf<D>(row);
  };

  function packWrite(request: Packer, { id, revision, expiresAt, document }: Write<D>): void {
    request.text(id);
    request.number(revision);
    request.u8(expiresAt === undefined ? 0 : 1);
    if (expiresAt !== undefined) request.number(expiresAt);
    request.text(JSON.stringify(document));
    for (const [field, type] of fields) packField(request, fieldValue(document[field], type));
  }

  /** In a turn of its own, and only while the port is open. */
  function read(plan: (table: number) => Sql): Promise<readonly Row[]> {
    return turns(() => {
      requireOpen();
      const { sql, values } = plan(table());
      return reader.prepare(sql).all(...values);
    });
  }

  return {
    async upsert(writes) {
      requireOpen();
      return writer.request(
        requestKinds.upsert,
        (request) => {
          request.u32(table());
          request.u32(fields.length);
          for (const [field] of fields) request.text(field);
          request.u32(writes.length);
          for (const write of writes) packWrite(request, write);
        },
        (answer) => writes.map(() => (answer.u8() === 1 ? 'applied' : 'stale')),
      );
    },
    async get(id) {
      requireOpen();
      return get(id);
    },
    async getMany(ids) {
      requireOpen();
      return [...new Set(ids)].flatMap((id) => get(id) ?? []);
    },
    async query(query) {
      requireOpen();
      requireLimit(query);
      const after = query.cursor === undefined ? {} : { after: fromCursor(query, query.cursor) };
      const now = clock.now();
      const plan = (at: number): Sql => planQuery(at, spec, { ...query, ...after, now });
      const rows = await read(plan);
      const page = rows.slice(0, query.limit);
      const last = page.at(-1);
      const items = page.map((row) => storedOf<D>(row));
      return rows.length <= query.limit || last === undefined ? { items } : { items, cursor: toCursor(query, last.slice(4)) };
    },
    async count(where = []) {
      requireOpen();
      const now = clock.now();
      const [row] = await read((at) => planCount(at, spec, where, now));
      return number(row?.[0]);
    },
    async delete(ids) {
      requireOpen();
      return writer.request(
        requestKinds.deleteDocuments,
        (request) => {
          request.u32(table());
          request.u32(ids.length);
          for (const id of ids) request.text(id);
        },
        (answer) => answer.u32(),
      );
    },
    async sweep(now, limit) {
      requireOpen();
      return (await writer.control('sweepCollection', { id: table(), now, limit })).removed;
    },
  };
}

function requireLimit({ limit }: Query): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= mostItems) return;
  throw new Fault('invalid_request', { problems: [{ field: 'limit', code: 'out_of_range', reason: `must be a whole number from 1 to ${mostItems}` }] });
}

function storedOf<D extends Document>([id, revision, expiresAt, document]: Row): Stored<D> {
  const stored = { id: text(id), revision: number(revision), document: JSON.parse(text(document)) as D };
  return expiresAt === null ? stored : { ...stored, expiresAt: number(expiresAt) };
}

/** What a column keeps of a field: null unless the value is of the declared type. */
function fieldValue(value: unknown, type: FieldType): SqlValue {
  if (type === 'strings') return Array.isArray(value) ? JSON.stringify(value) : null;
  return typeof value === type ? toSql(value as string | number | boolean) : null;
}

function packField(request: Packer, value: SqlValue): void {
  if (typeof value === 'number') {
    request.u8(fieldTags.number);
    request.number(value);
  } else if (typeof value === 'string') {
    request.u8(fieldTags.text);
    request.text(value);
  } else {
    request.u8(fieldTags.absent);
  }
}
