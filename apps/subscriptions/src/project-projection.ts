import {
  catalogueKeys,
  eventTypeId,
  eventTypesCollection,
  projectsCollection,
  projectStreamPrefix,
  tokensCollection,
  topics,
  unreachable,
  type CatalogueRecord,
  type ProjectFact,
} from '@hookyard/event-schemas';
import { project, type ProjectState } from './project.ts';
import type { Entry, StreamProjection } from './stream-projection.ts';

type PresentProject = Extract<ProjectState, { status: 'present' }>;

/** Projects, tokens and event types as the gateway sees them. */
export const projectProjection: StreamProjection<ProjectState, ProjectFact> = {
  topic: topics.projects,
  streamPrefix: projectStreamPrefix,
  collections: [projectsCollection, tokensCollection, eventTypesCollection],
  evolver: project,
  projectOf: (state) => (state.status === 'absent' ? null : state.record.id),
  entries(state, facts) {
    if (state.status === 'absent') return [];
    return [...new Map(facts.map((fact) => changedBy(fact, state)).map((entry) => [entry.key, entry])).values()];
  },
};

/** What a command changed or left as it is: its record of now, or null when it was taken away. */
export function recordOf(state: PresentProject, what: { readonly tokenId: string } | { readonly eventType: string } | 'project'): CatalogueRecord | null {
  if (what === 'project') return state.record;
  const record = 'tokenId' in what ? state.tokens.get(what.tokenId) : state.eventTypes.get(what.eventType);
  return typeof record === 'object' ? record : null;
}

function changedBy(fact: ProjectFact, state: PresentProject): Entry {
  const { id } = state.record;
  switch (fact.type) {
    case 'ProjectCreated':
      return { key: catalogueKeys.project(id), collection: projectsCollection, id, ...shown(recordOf(state, 'project')) };
    case 'TokenIssued':
    case 'TokenRevoked': {
      const { tokenId } = fact.data;
      return { key: catalogueKeys.token(tokenId), collection: tokensCollection, id: tokenId, ...shown(recordOf(state, { tokenId })) };
    }
    case 'EventTypeRegistered':
    case 'EventTypeRemoved': {
      const { name } = fact.data;
      const record = recordOf(state, { eventType: name });
      return { key: catalogueKeys.eventType(id, name), collection: eventTypesCollection, id: eventTypeId(id, name), ...shown(record) };
    }
    default:
      return unreachable(fact);
  }
}

/** A token never changes until it is revoked, so it needs no revision. */
function shown(record: CatalogueRecord | null): Pick<Entry, 'record' | 'document' | 'revision'> {
  return { record, document: record, revision: record !== null && 'revision' in record ? record.revision : 0 };
}
