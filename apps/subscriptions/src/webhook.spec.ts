import type { FactMeta, SealedSecret, WebhookCommand, WebhookFact } from '@hookyard/event-schemas';
import { deciderSpec } from '@hookyard/event-sourcing/testing';
import { webhook } from './webhook.ts';

const { given } = deciderSpec(webhook);

const actor = { kind: 'token', id: 'tok_1' } as const;
const target = { webhookId: 'wh_1', project: 'shop' };
const meta: FactMeta = { commandId: 'c', actor, at: 1_000 };
const asked = { ...target, commandId: 'c', actor, now: 1_000 };
const definition = { name: 'orders', url: 'https://example.com/hook' };
const other = { ...definition, url: 'https://example.com/other' };

const created = (more: Partial<Extract<WebhookFact, { type: 'WebhookCreated' }>['data']> = {}): WebhookFact => ({
  type: 'WebhookCreated',
  data: { ...target, dialect: 'native', definition, secrets: [{ sealed: 's1' }], enabled: true, ...more },
  metadata: meta,
});
const changed: WebhookFact = { type: 'WebhookChanged', data: { webhookId: 'wh_1', definition: other }, metadata: meta };
const enabled: WebhookFact = { type: 'WebhookEnabled', data: { webhookId: 'wh_1' }, metadata: meta };
const disabled = (reason: 'owner' | 'automatic' | 'gone' = 'owner'): WebhookFact => ({ type: 'WebhookDisabled', data: { webhookId: 'wh_1', reason }, metadata: meta });
const rotated = (...secrets: readonly SealedSecret[]): WebhookFact => ({ type: 'SecretRotated', data: { webhookId: 'wh_1', secrets }, metadata: meta });
const deleted: WebhookFact = { type: 'WebhookDeleted', data: { webhookId: 'wh_1' }, metadata: meta };

const create: WebhookCommand = { ...asked, type: 'CreateWebhook', dialect: 'native', definition, secrets: ['s1'], enabled: true };
const change: WebhookCommand = { ...asked, type: 'ChangeWebhook', definition: other };
const enable: WebhookCommand = { ...asked, type: 'EnableWebhook' };
const disable: WebhookCommand = { ...asked, type: 'DisableWebhook', reason: 'owner' };
const rotate = (secret: string, graceMs: number): WebhookCommand => ({ ...asked, type: 'RotateSecret', secret, graceMs });
const remove: WebhookCommand = { ...asked, type: 'DeleteWebhook' };
const onlyIfLive = [change, enable, disable, rotate('s2', 0)];

describe('a new webhook', () => {
  it('is created with its whole definition and its sealed secrets', () => {
    given().when(create).then(created());
    given().when({ ...create, requestHash: 'h1' }).then(created({ requestHash: 'h1' }));
  });

  it('stands at revision 0, enabled, created and updated at the time it was asked for', () => {
    given().when(create).thenState({
      status: 'live',
      record: { id: 'wh_1', project: 'shop', dialect: 'native', revision: 0, status: 'enabled', definition, secrets: [{ sealed: 's1' }], createdAt: 1_000, updatedAt: 1_000 },
    });
  });

  it('can begin disabled, by its owner', () => {
    given().when({ ...create, enabled: false }).then(created({ enabled: false }));
    given(created({ enabled: false })).when(enable).then(enabled);
  });

  it('has at most ten secrets', () => {
    const problems = [expect.objectContaining({ field: 'secrets', code: 'too_many' })];
    given().when({ ...create, secrets: Array.from({ length: 11 }, (_, n) => `s${n}`) }).thenRefused('invalid_request', { problems });
  });

  it.each(onlyIfLive)('is not there yet for $type', (command) => given().when(command).thenRefused('webhook_not_found', { webhookId: 'wh_1' }));

  it('is not there yet to be deleted', () => given().when(remove).thenRefused('webhook_not_found'));
});

describe('creating a webhook again', () => {
  it('with the same idempotency key and request is a repeat, also after changes', () => {
    given(created({ requestHash: 'h1' })).when({ ...create, requestHash: 'h1' }).thenNothing();
    given(created({ requestHash: 'h1' }), changed).when({ ...create, requestHash: 'h1' }).thenNothing();
  });

  it('with the same idempotency key for another request is refused', () => {
    given(created({ requestHash: 'h1' })).when({ ...create, requestHash: 'h2' }).thenRefused('idempotency_key_reused', { webhookId: 'wh_1' });
    given(created()).when({ ...create, requestHash: 'h2' }).thenRefused('idempotency_key_reused');
  });

  it('without a key is a repeat when it is the same webhook, and else comes too late', () => {
    given(created()).when({ ...create, definition: { url: definition.url, name: definition.name } }).thenNothing();
    given(created()).when({ ...create, definition: other }).thenRefused('precondition_failed', { revision: 0 });
    given(created()).when({ ...create, dialect: 'another' }).thenRefused('precondition_failed');
  });
});

describe('a webhook', () => {
  it('is changed, and a change to what it is already is nothing', () => {
    given(created()).when(change).then(changed);
    given(created(), changed).when(change).thenNothing();
    given(created()).when({ ...change, definition: { ...definition, description: undefined } }).thenNothing();
  });

  it('is disabled with a reason and enabled again, each once', () => {
    given(created()).when(disable).then(disabled());
    given(created()).when({ ...disable, reason: 'gone' }).then(disabled('gone'));
    given(created(), disabled('gone')).when(enable).then(enabled);
    given(created()).when(enable).thenNothing();
  });

  it('keeps the first reason it was disabled for, and loses it when enabled', () => {
    given(created(), disabled('gone')).when(disable).thenNothing();
    given(created(), disabled('gone')).when({ ...enable, now: 2_000 }).thenState({
      status: 'live',
      record: { id: 'wh_1', project: 'shop', dialect: 'native', revision: 2, status: 'enabled', definition, secrets: [{ sealed: 's1' }], createdAt: 1_000, updatedAt: 2_000 },
    });
  });

  it('counts a revision for each fact', () => {
    given(created(), changed, disabled(), enabled).when(rotate('s2', 0)).thenState({
      status: 'live',
      record: { id: 'wh_1', project: 'shop', dialect: 'native', revision: 4, status: 'enabled', definition: other, secrets: [{ sealed: 's2' }], createdAt: 1_000, updatedAt: 1_000 },
    });
  });

  it('is guarded against lost updates', () => {
    for (const command of [...onlyIfLive, remove]) {
      given(created(), changed).when({ ...command, expectedRevision: 0 } as WebhookCommand).thenRefused('precondition_failed', { expected: 0, revision: 1 });
    }
    given(created(), changed).when({ ...disable, expectedRevision: 1 }).then(disabled());
  });

  it('does not exist for another project', () => {
    for (const command of [...onlyIfLive, remove, create]) given(created()).when({ ...command, project: 'other' }).thenRefused('webhook_not_found');
    given(created(), deleted).when({ ...remove, project: 'other' }).thenRefused('webhook_not_found');
  });
});

describe('rotating the secret of a webhook', () => {
  it('lets the old one sign along for the grace period', () => {
    given(created()).when(rotate('s2', 500)).then(rotated({ sealed: 's2' }, { sealed: 's1', expiresAt: 1_500 }));
  });

  it('drops the old one at once without a grace period', () => {
    given(created()).when(rotate('s2', 0)).then(rotated({ sealed: 's2' }));
  });

  it('keeps older ones that are still within theirs, and drops those that have expired', () => {
    const history = [created(), rotated({ sealed: 's3' }, { sealed: 's2', expiresAt: 1_001 }, { sealed: 's1', expiresAt: 1_000 })];
    given(...history).when(rotate('s4', 500)).then(rotated({ sealed: 's4' }, { sealed: 's3', expiresAt: 1_500 }, { sealed: 's2', expiresAt: 1_001 }));
  });

  it('to the secret it has already is nothing', () => {
    given(created(), rotated({ sealed: 's2' }, { sealed: 's1', expiresAt: 1_500 })).when(rotate('s2', 500)).thenNothing();
  });

  it('is refused while ten are within their grace period, except with none', () => {
    const older = Array.from({ length: 9 }, (_, n): SealedSecret => ({ sealed: `old${n}`, expiresAt: 9_000 }));
    const history = [created(), rotated({ sealed: 's9' }, ...older)];
    given(...history).when(rotate('s10', 500)).thenRefused('invalid_request');
    given(...history).when(rotate('s10', 0)).then(rotated({ sealed: 's10' }, ...older));
  });
});

describe('a deleted webhook', () => {
  it('stays deleted when it is deleted again', () => {
    given(created()).when(remove).then(deleted);
    given(created(), deleted).when(remove).thenNothing();
    given(created(), deleted).when({ ...remove, expectedRevision: 0 }).thenNothing();
  });

  it.each([...onlyIfLive, create])('refuses $type', (command) => given(created(), deleted).when(command).thenRefused('webhook_deleted', { webhookId: 'wh_1' }));

  it('remembers its last revision and nothing it was', () => {
    given(created(), changed).when(remove).thenState({ status: 'deleted', id: 'wh_1', project: 'shop', revision: 2 });
  });
});
