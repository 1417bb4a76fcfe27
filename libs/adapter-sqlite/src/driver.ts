import { DatabaseSync } from '@photostructure/sqlite';

/** What SQLite stores and answers. */
export type SqlValue = string | number | Uint8Array | null;

/** A row: its values in the order of the columns asked for. */
export type Row = readonly SqlValue[];

export interface Statement {
  run(...values: readonly SqlValue[]): { readonly changes: number };
  get(...values: readonly SqlValue[]): Row | undefined;
  all(...values: readonly SqlValue[]): readonly Row[];
  iterate(...values: readonly SqlValue[]): IterableIterator<Row>;
}

/** A connection. This file alone knows the driver, whose interface is that of `node:sqlite`. */
export interface Database {
  exec(sql: string): void;
  /** Each text is prepared once and kept. */
  prepare(sql: string): Statement;
  isInTransaction(): boolean;
  close(): void;
}

// The engine's own statements are a few dozen; the texts of queries vary with their conditions.
const keptStatements = 500;

export function openDatabase(path: string, options: { readonly readOnly?: boolean } = {}): Database {
  const connection = new DatabaseSync(path, { readOnly: options.readOnly ?? false });
  const statements = new Map<string, Statement>();
  return {
    exec: (sql) => connection.exec(sql),
    prepare(sql) {
      const known = statements.get(sql);
      if (known !== undefined) return known;
      const statement = connection.prepare(sql);
      statement.setReturnArrays(true);
      if (statements.size >= keptStatements) statements.clear();
      statements.set(sql, statement);
      return statement;
    },
    isInTransaction: () => connection.isTransaction,
    close() {
      statements.clear();
      connection.close();
    },
  };
}

/** A value that the schema says is a number. */
export const number = (value: SqlValue | undefined): number => value as number;
/** A value that the schema says is text. */
export const text = (value: SqlValue | undefined): string => value as string;

/** What an error of the driver says about the storage. */
export type StorageTrouble = 'full' | 'damaged' | 'busy' | 'read_only' | 'cannot_open' | 'io';

// Primary result codes, https://sqlite.org/rescode.html
const troubles: Readonly<Record<number, StorageTrouble>> = { 5: 'busy', 8: 'read_only', 10: 'io', 11: 'damaged', 13: 'full', 14: 'cannot_open', 26: 'damaged' };

/** Undefined for errors that are not the storage's. */
export function storageTrouble(error: unknown): StorageTrouble | undefined {
  // No `instanceof`: under Jest the driver's errors come from another realm.
  if (typeof error !== 'object' || error === null || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  return troubles[error.errcode & 0xff]; // an extended code keeps its primary one in the low byte
}
