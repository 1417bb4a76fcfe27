import { randomUUID } from 'node:crypto';
import type { Collection, CollectionSpec, Condition, FieldType, Write } from './read-models.ts';

/** The documents of these suites: one field of each type, some absent, and one that is not declared. */
export type Shape = {
  readonly name?: string | null;
  readonly size?: number | null;
  readonly on?: boolean | null;
  readonly tags?: readonly string[];
  readonly extra?: unknown;
  readonly none?: null;
};

export const shapeFields: Readonly<Record<string, FieldType>> = { name: 'string', size: 'number', on: 'boolean', tags: 'strings' };

/** A collection that no other test uses. */
export function freshCollection(options: Partial<CollectionSpec> = {}): CollectionSpec {
  const name = `shapes_${randomUUID().replaceAll('-', '')}_v1`;
  return { name, fields: shapeFields, indexes: [[['size', 'desc']], [['name', 'asc'], ['size', 'asc']]], ...options };
}

/** Writes of revision 1, one for each document, by id. */
export function writes(documents: Readonly<Record<string, Shape>>): Write<Shape>[] {
  return Object.entries(documents).map(([id, document]) => ({ id, revision: 1, document }));
}

/** The ids that a condition finds, in id order. */
export async function idsWhere(collection: Collection<Shape>, ...where: readonly Condition[]): Promise<string[]> {
  const { items } = await collection.query({ where, limit: 1_000 });
  return items.map(({ id }) => id).sort();
}
