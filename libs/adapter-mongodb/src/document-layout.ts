import type { CollectionSpec, Document, FieldType, IndexSpec, Stored, Write } from '@hookyard/ports';
import type { Document as Bson } from 'mongodb';
import type { Revisioned } from './conditional-upserts.ts';

/**
 * What lies in a collection. The document itself is JSON text, so that it comes back as it went in, also with keys that hold dots and dollars.
 * The declared fields stand beside it, for indexes and conditions, and are never read back.
 */
export type StoredDocument = {
  readonly _id: string;
  /** Revision. */
  readonly r: number;
  /** Expiry; absent when it never expires. */
  readonly e?: Date;
  /** Declared fields, where the document has a value of their type. */
  readonly f: Bson;
  readonly d: string;
};

// The last instant that a Date knows.
const endOfTime = 8.64e15;

export function storedForm<D extends Document>(fields: CollectionSpec['fields'], { id, revision, document, expiresAt }: Write<D>): Revisioned {
  const f: Bson = {};
  for (const [field, type] of Object.entries(fields)) {
    const value = fieldValue(document, field, type);
    if (value !== null) f[fieldName(field)] = value;
  }
  const expiry = expiresAt === undefined ? {} : { e: new Date(Math.min(expiresAt, endOfTime)) };
  return { id, revision, content: { ...expiry, f, d: JSON.stringify(document) } };
}

export function fromStored<D extends Document>({ _id, r, e, d }: StoredDocument): Stored<D> {
  const stored = { id: _id, revision: r, document: JSON.parse(d) as D };
  return e === undefined ? stored : { ...stored, expiresAt: e.getTime() };
}

export type FieldValue = string | number | boolean | readonly string[] | null;

/** Null unless the document has a value of the declared type. */
export function fieldValue(document: Document, field: string, type: FieldType | undefined): FieldValue {
  const value = Object.hasOwn(document, field) ? document[field] : null;
  if (type === 'strings') return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : null;
  if (typeof value !== type || (typeof value === 'number' && !Number.isFinite(value))) return null;
  return value as FieldValue;
}

/** The path of a declared field in what is stored. */
export function fieldPath(field: string): string {
  return `f.${fieldName(field)}`;
}

/** MongoDB reads dots and dollars in names its own way. */
function fieldName(field: string): string {
  return field.replace(/[%.$\0]/g, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

export type WantedIndex = {
  readonly name: string;
  readonly key: Readonly<Record<string, 1 | -1>>;
  readonly expireAfterSeconds?: number;
  readonly partialFilterExpression?: Bson;
};

/** Long enough that the port's own sweep, which goes by the services' clock, comes first. */
const graceSeconds = 3_600;

/** Partial: only what asks for expired documents may enter through it, and no other query is tempted to. */
export const expiryIndex: WantedIndex = { name: 'expiry', key: { e: 1 }, expireAfterSeconds: graceSeconds, partialFilterExpression: { e: { $exists: true } } };

/** The id ends every index, so that a page continues inside it. */
export function declaredIndex(index: IndexSpec): WantedIndex {
  const direction = (order: 'asc' | 'desc') => (order === 'asc' ? 1 : -1);
  const key = Object.fromEntries(index.map(([field, order]) => [fieldPath(field), direction(order)] as const));
  return { name: index.map(([field, order]) => `${field}_${order}`).join('_'), key: { ...key, _id: direction(index.at(-1)?.[1] ?? 'asc') } };
}
