import type { FactMeta, ProjectCommand, ProjectFact } from '@hookyard/event-schemas';
import { deciderSpec } from '@hookyard/event-sourcing/testing';
import { maxEventTypes, maxTokens, project } from './project.ts';

const { given } = deciderSpec(project);

const actor = { kind: 'admin', id: 'admin' } as const;
const metadata: FactMeta = { commandId: 'c', actor, at: 1_000 };
const asked = { project: 'shop', commandId: 'c', actor, now: 1_000 };

const created: ProjectFact = { type: 'ProjectCreated', data: { project: 'shop', name: 'The shop' }, metadata };
const issued = (tokenId = 'tok_1'): ProjectFact => ({ type: 'TokenIssued', data: { project: 'shop', tokenId, name: 'ci', scopes: ['emit'], hash: 'ab' }, metadata });
const revoked: ProjectFact = { type: 'TokenRevoked', data: { project: 'shop', tokenId: 'tok_1' }, metadata };
const registered = (name = 'order.placed'): ProjectFact => ({ type: 'EventTypeRegistered', data: { project: 'shop', name, schema: { type: 'object' }, validation: 'warn' }, metadata });
const removed: ProjectFact = { type: 'EventTypeRemoved', data: { project: 'shop', name: 'order.placed' }, metadata };

const create: ProjectCommand = { ...asked, type: 'CreateProject', name: 'The shop' };
const issue: ProjectCommand = { ...asked, type: 'IssueToken', tokenId: 'tok_1', name: 'ci', scopes: ['emit'], hash: 'ab' };
const revoke: ProjectCommand = { ...asked, type: 'RevokeToken', tokenId: 'tok_1' };
const register: ProjectCommand = { ...asked, type: 'RegisterEventType', name: 'order.placed', schema: { type: 'object' }, validation: 'warn' };
const remove: ProjectCommand = { ...asked, type: 'RemoveEventType', name: 'order.placed' };

describe('a project', () => {
  it('is created once under its id', () => {
    given().when(create).then(created);
    given(created).when(create).thenNothing();
    given(created).when({ ...create, name: 'Another' }).thenRefused('project_exists', { project: 'shop' });
  });

  it.each([issue, revoke, register, remove])('has to exist for $type', (command) => given().when(command).thenRefused('project_not_found', { project: 'shop' }));

  it('holds its tokens and event types, each with what it was registered as', () => {
    given(created, issued(), registered()).when(remove).thenState({
      status: 'present',
      record: { kind: 'project', id: 'shop', name: 'The shop', revision: 0, createdAt: 1_000 },
      tokens: new Map([['tok_1', { kind: 'token', id: 'tok_1', project: 'shop', name: 'ci', scopes: ['emit'], hash: 'ab', createdAt: 1_000 }]]),
      eventTypes: new Map([['order.placed', 'removed']]),
      revision: 3,
    });
  });
});

describe('a token', () => {
  it('is issued once under its id, with an end when it has one', () => {
    given(created).when(issue).then(issued());
    given(created, issued()).when(issue).thenNothing();
    given(created).when({ ...issue, expiresAt: 5_000 }).then({ ...issued(), data: { ...issued().data, expiresAt: 5_000 } } as ProjectFact);
  });

  it('is not issued under an id that means another, or a revoked one', () => {
    given(created, issued()).when({ ...issue, hash: 'cd' }).thenRefused('idempotency_key_reused', { tokenId: 'tok_1' });
    given(created, issued(), revoked).when(issue).thenRefused('idempotency_key_reused');
  });

  it('is revoked once', () => {
    given(created, issued()).when(revoke).then(revoked);
    given(created, issued(), revoked).when(revoke).thenNothing();
    given(created).when(revoke).thenRefused('token_not_found', { tokenId: 'tok_1' });
  });

  it('is one of a bounded number in force', () => {
    const full = Array.from({ length: maxTokens - 1 }, (_, n) => issued(`tok_x${n}`));
    given(created, issued(), ...full).when({ ...issue, tokenId: 'tok_new' }).thenRefused('invalid_request');
    given(created, issued(), ...full, revoked).when({ ...issue, tokenId: 'tok_new' }).then(issued('tok_new'));
  });
});

describe('an event type', () => {
  it('is registered, and registered anew when something about it changes', () => {
    given(created).when(register).then(registered());
    given(created, registered()).when(register).thenNothing();
    given(created, registered()).when({ ...register, validation: 'enforce' }).then({ ...registered(), data: { ...registered().data, validation: 'enforce' } } as ProjectFact);
    given(created, registered()).when({ ...register, description: 'An order' }).then({ ...registered(), data: { ...registered().data, description: 'An order' } } as ProjectFact);
  });

  it('is removed once, and can come back', () => {
    given(created, registered()).when(remove).then(removed);
    given(created, registered(), removed).when(remove).thenNothing();
    given(created).when(remove).thenRefused('event_type_not_found', { name: 'order.placed' });
    given(created, registered(), removed).when(register).then(registered());
  });

  it('is one of a bounded number', () => {
    const full = Array.from({ length: maxEventTypes }, (_, n) => registered(`type.${n}`));
    given(created, ...full).when(register).thenRefused('invalid_request');
    given(created, ...full).when({ ...register, name: 'type.1', validation: 'off' }).then({ ...registered('type.1'), data: { ...registered('type.1').data, validation: 'off' } } as ProjectFact);
  });
});
