import type { EventTypeRecord, ProjectRecord, TokenRecord } from './webhook-record.ts';

/** Read model `projects_v1`: one document for each project, id = project id. Written by subscriptions, like the two below. */
export const projectsCollection = {
  name: 'projects_v1',
  fields: { name: 'string', createdAt: 'number' },
  indexes: [],
} as const;

export type ProjectDocument = ProjectRecord;

/** Read model `tokens_v1`: one document for each token in force, id = token id. Revoked ones are gone. */
export const tokensCollection = {
  name: 'tokens_v1',
  fields: { project: 'string', name: 'string', hash: 'string', createdAt: 'number' },
  indexes: [[['project', 'asc'], ['createdAt', 'asc']], [['hash', 'asc']]],
} as const;

export type TokenDocument = TokenRecord;

/** Read model `event_types_v1`: one document for each registered type. */
export const eventTypesCollection = {
  name: 'event_types_v1',
  fields: { project: 'string', name: 'string', validation: 'string' },
  indexes: [[['project', 'asc'], ['name', 'asc']]],
} as const;

export type EventTypeDocument = EventTypeRecord;

/** The id of a type's document. */
export const eventTypeId = (project: string, name: string): string => `${project}/${name}`;
