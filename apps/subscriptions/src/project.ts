import {
  Fault,
  unreachable,
  type EventTypeRecord,
  type FactMeta,
  type ProjectCommand,
  type ProjectFact,
  type ProjectRecord,
  type TokenRecord,
} from '@hookyard/event-schemas';
import type { Decider } from '@hookyard/event-sourcing';
import { sameJson } from './same-json.ts';

/** Tokens in force, and registered event types, of one project. */
export const maxTokens = 1_000;
export const maxEventTypes = 1_000;

/** Token ids and type names that were taken away stay known, so that a late repeat does not bring them back. */
export type ProjectState =
  | { readonly status: 'absent' }
  | {
      readonly status: 'present';
      readonly record: ProjectRecord;
      readonly tokens: ReadonlyMap<string, TokenRecord | 'revoked'>;
      readonly eventTypes: ReadonlyMap<string, EventTypeRecord | 'removed'>;
      /** Revision of the project's stream. */
      readonly revision: number;
    };

type PresentProject = Extract<ProjectState, { status: 'present' }>;

/** The rules of a project: what it is called, who may act in it, and which event types it knows. */
export const project: Decider<ProjectState, ProjectCommand, ProjectFact> = {
  initialState: { status: 'absent' },
  decide(command, state) {
    if (command.type === 'CreateProject') return create(command, state);
    if (state.status === 'absent') throw new Fault('project_not_found', { project: command.project });
    switch (command.type) {
      case 'IssueToken':
        return issue(command, state);
      case 'RevokeToken':
        return revoke(command, state);
      case 'RegisterEventType':
        return register(command, state);
      case 'RemoveEventType':
        return remove(command, state);
      default:
        return unreachable(command);
    }
  },
  evolve(state, fact) {
    if (fact.type === 'ProjectCreated') {
      const { data, metadata } = fact;
      const record: ProjectRecord = { kind: 'project', id: data.project, name: data.name, revision: 0, createdAt: metadata.at };
      return { status: 'present', record, tokens: new Map(), eventTypes: new Map(), revision: 0 };
    }
    if (state.status === 'absent') return state;
    const revision = state.revision + 1;
    switch (fact.type) {
      case 'TokenIssued':
        return { ...state, revision, tokens: withEntry(state.tokens, fact.data.tokenId, tokenRecord(fact)) };
      case 'TokenRevoked':
        return { ...state, revision, tokens: withEntry(state.tokens, fact.data.tokenId, 'revoked') };
      case 'EventTypeRegistered':
        return { ...state, revision, eventTypes: withEntry(state.eventTypes, fact.data.name, { kind: 'event_type', ...fact.data, revision }) };
      case 'EventTypeRemoved':
        return { ...state, revision, eventTypes: withEntry(state.eventTypes, fact.data.name, 'removed') };
      default:
        return unreachable(fact);
    }
  },
};

type CommandOf<Type extends ProjectCommand['type']> = Extract<ProjectCommand, { type: Type }>;

function create(command: CommandOf<'CreateProject'>, state: ProjectState): readonly ProjectFact[] {
  const { project, name } = command;
  if (state.status === 'absent') return [{ type: 'ProjectCreated', data: { project, name }, metadata: metaOf(command) }];
  if (state.record.name === name) return [];
  throw new Fault('project_exists', { project, name: state.record.name });
}

function issue(command: CommandOf<'IssueToken'>, state: PresentProject): readonly ProjectFact[] {
  const { project, tokenId, name, scopes, hash, expiresAt } = command;
  const known = state.tokens.get(tokenId);
  if (known !== undefined) {
    if (known !== 'revoked' && known.hash === hash) return [];
    throw new Fault('idempotency_key_reused', { tokenId });
  }
  requireRoom('tokens', liveEntries(state.tokens), maxTokens);
  const data = { project, tokenId, name, scopes, hash, ...(expiresAt === undefined ? {} : { expiresAt }) };
  return [{ type: 'TokenIssued', data, metadata: metaOf(command) }];
}

function revoke(command: CommandOf<'RevokeToken'>, state: PresentProject): readonly ProjectFact[] {
  const { project, tokenId } = command;
  const known = state.tokens.get(tokenId);
  if (known === undefined) throw new Fault('token_not_found', { tokenId });
  return known === 'revoked' ? [] : [{ type: 'TokenRevoked', data: { project, tokenId }, metadata: metaOf(command) }];
}

function register(command: CommandOf<'RegisterEventType'>, state: PresentProject): readonly ProjectFact[] {
  const { project, name, description, schema, validation } = command;
  const data = { project, name, ...(description === undefined ? {} : { description }), ...(schema === undefined ? {} : { schema }), validation };
  const known = state.eventTypes.get(name) ?? 'removed';
  if (known !== 'removed') {
    const { kind: _, revision: __, ...registered } = known;
    if (sameJson(registered, data)) return [];
  } else {
    requireRoom('event types', liveEntries(state.eventTypes), maxEventTypes);
  }
  return [{ type: 'EventTypeRegistered', data, metadata: metaOf(command) }];
}

function remove(command: CommandOf<'RemoveEventType'>, state: PresentProject): readonly ProjectFact[] {
  const { project, name } = command;
  const known = state.eventTypes.get(name);
  if (known === undefined) throw new Fault('event_type_not_found', { name });
  return known === 'removed' ? [] : [{ type: 'EventTypeRemoved', data: { project, name }, metadata: metaOf(command) }];
}

function tokenRecord({ data, metadata }: Extract<ProjectFact, { type: 'TokenIssued' }>): TokenRecord {
  const { project, tokenId, name, scopes, hash, expiresAt } = data;
  return { kind: 'token', id: tokenId, project, name, scopes, hash, createdAt: metadata.at, ...(expiresAt === undefined ? {} : { expiresAt }) };
}

function requireRoom(what: string, taken: number, max: number): void {
  if (taken < max) return;
  throw new Fault('invalid_request', { problems: [{ field: '', code: 'too_many', reason: `A project has at most ${max} ${what}.` }] });
}

function liveEntries(entries: ReadonlyMap<string, object | string>): number {
  let live = 0;
  for (const entry of entries.values()) if (typeof entry !== 'string') live += 1;
  return live;
}

function withEntry<Value>(entries: ReadonlyMap<string, Value>, key: string, value: Value): ReadonlyMap<string, Value> {
  return new Map(entries).set(key, value);
}

function metaOf({ commandId, actor, now }: ProjectCommand): FactMeta {
  return { commandId, actor, at: now };
}
