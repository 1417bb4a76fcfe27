import type { MemoryEngine } from '@hookyard/adapter-memory';
import {
  eventTypesCollection,
  projectsCollection,
  tokensCollection,
  topics,
  webhooksCollection,
  webhookStream,
  type WebhookCommand,
  type WebhookReply,
} from '@hookyard/event-schemas';
import { asked, messagesOf, openEngine, start, tableOf, valueOf, type Running } from './harness.ts';

let engine: MemoryEngine;
let running: Running;

beforeEach(async () => {
  engine = await openEngine();
  running = await start(engine, engine);
  await running.project({ ...asked(), type: 'CreateProject', name: 'The shop' });
});
afterEach(() => engine.close());

const definition = { url: 'https://example.com/hook' };
const create = (more: Partial<Extract<WebhookCommand, { type: 'CreateWebhook' }>> = {}): WebhookCommand => ({
  ...asked(), type: 'CreateWebhook', webhookId: 'wh_1', dialect: 'plain', definition, secrets: ['sealed'], enabled: true, ...more,
});
const on = { webhookId: 'wh_1' };
const published = async ({ position }: WebhookReply) =>
  (await messagesOf(engine, position.topic)).find(({ partition, offset }) => partition === position.partition && offset === position.offset);
const webhooks = () => engine.models.collection(webhooksCollection);

describe('a command to a webhook', () => {
  it('is answered when topic and read model show what came of it', async () => {
    const reply = await running.webhook(create());
    const record = {
      id: 'wh_1', project: 'shop', dialect: 'plain', revision: 0, status: 'enabled', definition: { name: 'unnamed', ...definition }, secrets: [{ sealed: 'sealed' }], createdAt: 1_000, updatedAt: 1_000,
    };
    expect(reply.webhook).toEqual(record);
    expect(await published(reply)).toMatchObject({ key: 'wh_1' });
    expect(await tableOf(engine, topics.webhooks)).toEqual({ wh_1: record });
    expect((await (await webhooks()).get('wh_1'))?.document).toEqual({
      id: 'wh_1', project: 'shop', dialect: 'plain', name: 'unnamed', url: definition.url, status: 'enabled', eventTypes: ['*'], labels: ['team:blue'], createdAt: 1_000, updatedAt: 1_000, record,
    });
  });

  it('that changes nothing is answered with what is, at a position that shows it', async () => {
    const first = await running.webhook(create());
    const again = await running.webhook({ ...asked(), ...on, type: 'EnableWebhook' });
    expect(again).toEqual(first);
    expect(await messagesOf(engine, topics.webhooks)).toHaveLength(1);
  });

  it('keeps its position also in a new process', async () => {
    const first = await running.webhook(create());
    await running.stop();
    running = await start(engine, engine);
    expect(await running.webhook({ ...asked(), ...on, type: 'EnableWebhook' })).toEqual(first);
    const changed = await running.webhook({ ...asked(), ...on, type: 'DisableWebhook', reason: 'gone' });
    expect(changed.webhook).toMatchObject({ revision: 1, status: 'disabled', disabledReason: 'gone' });
    expect(changed.position.offset).toBeGreaterThan(first.position.offset);
  });

  it('that comes again after it was carried out changes nothing, even when others came between', async () => {
    await running.webhook(create());
    const change: WebhookCommand = { ...asked(), ...on, type: 'ChangeWebhook', definition: { url: 'https://example.com/1' }, expectedRevision: 0 };
    await running.webhook(change);
    await running.webhook({ ...asked(), ...on, type: 'ChangeWebhook', definition: { url: 'https://example.com/2' } });
    expect((await running.webhook(change)).webhook).toMatchObject({ revision: 2, definition: { url: 'https://example.com/2' } });
    expect(await engine.store.read(webhookStream('wh_1'))).toHaveLength(3);
  });

  it('with an idempotency key gets its first answer again', async () => {
    const first = await running.webhook(create({ requestHash: 'h' }));
    await running.webhook({ ...asked(), ...on, type: 'DisableWebhook', reason: 'owner' });
    expect((await running.webhook(create({ requestHash: 'h' }))).webhook).toEqual(first.webhook);
  });

  it('is refused for a project that does not exist', () =>
    expect(running.webhook(create({ project: 'nowhere' }))).rejects.toMatchObject({ code: 'project_not_found' }));

  it('is refused with a definition that its dialect cannot read, or of no dialect there is', async () => {
    const problems = { problems: [{ field: 'url', code: 'required', reason: 'Give a URL.' }] };
    await expect(running.webhook(create({ definition: {} }))).rejects.toMatchObject({ code: 'invalid_request', details: problems });
    await expect(running.webhook(create({ dialect: 'none' }))).rejects.toMatchObject({ code: 'invalid_request' });
    await running.webhook(create());
    await expect(running.webhook({ ...asked(), ...on, type: 'ChangeWebhook', definition: {} })).rejects.toMatchObject({ code: 'invalid_request', details: problems });
    await expect(running.webhook({ ...asked(), webhookId: 'wh_2', type: 'ChangeWebhook', definition: {} })).rejects.toMatchObject({ code: 'webhook_not_found' });
    expect(await engine.store.read(webhookStream('wh_1'))).toHaveLength(1);
  });

  it('keeps who asked, when, and by which command', async () => {
    const command = create({ now: 5_000 });
    await running.webhook(command);
    expect((await engine.store.read(webhookStream('wh_1'))).map(({ metadata }) => metadata)).toEqual([{ commandId: command.commandId, actor: command.actor, at: 5_000 }]);
  });

  it('that deletes it leaves a tombstone and no document', async () => {
    await running.webhook(create());
    const reply = await running.webhook({ ...asked(), ...on, type: 'DeleteWebhook' });
    expect(reply.webhook).toBeNull();
    expect(valueOf((await published(reply))!)).toBeNull();
    expect(await (await webhooks()).get('wh_1')).toBeNull();
    expect((await running.webhook({ ...asked(), ...on, type: 'DeleteWebhook' })).webhook).toBeNull();
  });

  it('is carried out beside many others, each webhook in the partition of its project', async () => {
    const ids = Array.from({ length: 50 }, (_, n) => `wh_${n}`);
    const replies = await Promise.all(ids.map((webhookId) => running.webhook(create({ webhookId }))));
    expect(new Set(replies.map(({ position }) => position.partition)).size).toBe(1);
    expect(Object.keys(await tableOf(engine, topics.webhooks)).sort()).toEqual([...ids].sort());
    expect(await (await webhooks()).count()).toBe(50);
  });
});

describe('a command to a project', () => {
  const issue = { type: 'IssueToken', tokenId: 'tok_1', name: 'ci', scopes: ['emit'], hash: 'ab' } as const;
  const register = { type: 'RegisterEventType', name: 'order.placed', validation: 'warn' } as const;

  it('is answered with what it concerns, which everybody can see', async () => {
    const project = { kind: 'project', id: 'shop', name: 'The shop', revision: 0, createdAt: 1_000 };
    const token = { kind: 'token', id: 'tok_1', project: 'shop', name: 'ci', scopes: ['emit'], hash: 'ab', createdAt: 1_000 };
    const type = { kind: 'event_type', project: 'shop', name: 'order.placed', validation: 'warn', revision: 2 };
    expect((await running.project({ ...asked(), ...issue })).record).toEqual(token);
    expect((await running.project({ ...asked(), ...register })).record).toEqual(type);
    expect((await running.project({ ...asked(), type: 'CreateProject', name: 'The shop' })).record).toEqual(project);
    expect(await tableOf(engine, topics.projects)).toEqual({ 'project:shop': project, 'token:tok_1': token, 'type:shop/order.placed': type });
    expect((await (await engine.models.collection(projectsCollection)).get('shop'))?.document).toEqual(project);
    expect((await (await engine.models.collection(tokensCollection)).get('tok_1'))?.document).toEqual(token);
    expect((await (await engine.models.collection(eventTypesCollection)).get('shop/order.placed'))?.document).toEqual(type);
  });

  it('that takes something away leaves a tombstone and no document', async () => {
    await running.project({ ...asked(), ...issue });
    await running.project({ ...asked(), ...register });
    expect((await running.project({ ...asked(), type: 'RevokeToken', tokenId: 'tok_1' })).record).toBeNull();
    expect((await running.project({ ...asked(), type: 'RemoveEventType', name: 'order.placed' })).record).toBeNull();
    expect(await tableOf(engine, topics.projects)).toMatchObject({ 'token:tok_1': null, 'type:shop/order.placed': null });
    expect(await (await engine.models.collection(tokensCollection)).get('tok_1')).toBeNull();
    expect(await (await engine.models.collection(eventTypesCollection)).count()).toBe(0);
  });
});
