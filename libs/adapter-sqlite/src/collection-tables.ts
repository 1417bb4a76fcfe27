import type { CollectionShape } from './wire/requests.ts';

/** Each collection is a table: the document as JSON text, and a column for each declared field, so that indexes and conditions are plain SQL. */
export function createCollectionSql(id: number, fields: readonly string[]): string {
  const columns = fields.map((field) => `, ${fieldColumn(field)}`).join('');
  // No type on the field columns: what is stored in them has been checked, and a number keeps being a number.
  return `CREATE TABLE ${documentTable(id)} (id TEXT NOT NULL, revision REAL NOT NULL, expires_at REAL, document TEXT NOT NULL${columns});
    CREATE UNIQUE INDEX ${documentTable(id)}_by_id ON ${documentTable(id)} (id);
    CREATE INDEX ${documentTable(id)}_by_expiry ON ${documentTable(id)} (expires_at) WHERE expires_at IS NOT NULL;`;
}

/** The id ends every index, so that a page continues inside it. */
export function createIndexSql(id: number, index: CollectionShape['indexes'][number]): string {
  const columns = index.map(([field, order]) => `${fieldColumn(field)} ${order}`).join(', ');
  return `CREATE INDEX IF NOT EXISTS ${indexName(id, index)} ON ${documentTable(id)} (${columns}, id ${index.at(-1)?.[1] ?? 'asc'})`;
}

export function documentTable(id: number): string {
  return `documents_${id}`;
}

export function indexName(id: number, index: CollectionShape['indexes'][number]): string {
  return quoted(`${documentTable(id)}_by_${index.map(([field, order]) => `${field}_${order}`).join('_')}`);
}

export function fieldColumn(field: string): string {
  return quoted(`f_${field}`);
}

/** Values: id, then one for each column. Changes nothing when the id is taken. */
export function insertSql(id: number, columns: readonly string[]): string {
  const names = ['id', ...columns];
  return `INSERT INTO ${documentTable(id)} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')}) ON CONFLICT (id) DO NOTHING`;
}

/** Answers the row, then each column. */
export function findSql(id: number, columns: readonly string[]): string {
  return `SELECT rowid, ${columns.join(', ')} FROM ${documentTable(id)} WHERE id = ?`;
}

/** Values: one for each column, then the row. Indexes without any of these columns are left alone. */
export function updateSql(id: number, columns: readonly string[]): string {
  return `UPDATE ${documentTable(id)} SET ${columns.map((column) => `${column} = ?`).join(', ')} WHERE rowid = ?`;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
