import type { MemoryEngine } from '@hookyard/adapter-memory';
import {
  eventTypesCollection,
  projectsCollection,
  projectStream,
  tokensCollection,
  topics,
  webhooksCollection,
  webhookStream,
  type FactMeta,
  type ProjectFact,
  type WebhookFact,
} from '@hookyard/event-schemas';
import type { CollectionSpec } from '@hookyard/ports';
import { crashing, messagesOf, openEngine, openProjectors, startProjectors, tableOf, valueOf } from './harness.ts';

const metadata: FactMeta = { commandId: 'c', actor: { kind: 'admin', id: 'admin' }, at: 1_000 };
const created = (webhookId: string): WebhookFact => ({
  type: 'WebhookCreated',
  data: { webhookId, project: 'shop', dialect: 'plain', definition: { url: 'https://example.com' }, secrets: [], enabled: true },
  metadata,
});

/** A history with everything in it that a projector does: records that appear, change, and disappear. */
const history: readonly (readonly [stream: string, fact: WebhookFact | ProjectFact])[] = [
  [projectStream('shop'), { type: 'ProjectCreated', data: { project: 'shop', name: 'The shop' }, metadata }],
  [webhookStream('wh_1'), created('wh_1')],
  [webhookStream('wh_2'), created('wh_2')],
  [projectStream('shop'), { type: 'TokenIssued', data: { project: 'shop', tokenId: 'tok_1', name: 'ci', scopes: ['emit'], hash: 'ab' }, metadata }],
  [webhookStream('wh_1'), { type: 'WebhookDisabled', data: { webhookId: 'wh_1', reason: 'gone' }, metadata }],
  [projectStream('shop'), { type: 'EventTypeRegistered', data: { project: 'shop', name: 'order.placed', validation: 'off' }, metadata }],
  [webhookStream('wh_2'), { type: 'WebhookDeleted', data: { webhookId: 'wh_2' }, metadata }],
  [projectStream('shop'), { type: 'TokenRevoked', data: { project: 'shop', tokenId: 'tok_1' }, metadata }],
];

async function happen(engine: MemoryEngine, facts: typeof history): Promise<number> {
  let last = 0;
  for (const [stream, fact] of facts) {
    const [before] = await engine.store.read(stream, { direction: 'backwards', limit: 1 });
    const id = `00000000-0000-4000-8000-${String(last).padStart(12, '0')}`;
    last = (await engine.store.append(stream, [{ ...fact, id }], before?.revision ?? 'no_stream')).position;
  }
  return last;
}

async function shownBy(engine: MemoryEngine) {
  const ids = async (spec: CollectionSpec) => (await (await engine.models.collection(spec)).query({ limit: 10 })).items.map(({ id, revision }) => `${id}@${revision}`);
  return {
    webhooks: await tableOf(engine, topics.webhooks),
    projects: await tableOf(engine, topics.projects),
    documents: [await ids(webhooksCollection), await ids(projectsCollection), await ids(tokensCollection), await ids(eventTypesCollection)],
  };
}

/** For each key, what its messages said of its revision, tombstones as the newest there can be. */
async function revisionsByKey(engine: MemoryEngine, topic: string): Promise<readonly (readonly number[])[]> {
  const byKey = new Map<string, number[]>();
  for (const message of await messagesOf(engine, topic)) {
    const record = valueOf(message) as { readonly revision?: number } | null;
    byKey.set(message.key, [...(byKey.get(message.key) ?? []), record === null ? Infinity : (record.revision ?? 0)]);
  }
  return [...byKey.values()];
}

async function undisturbed() {
  const engine = await openEngine();
  const projectors = await startProjectors(engine);
  const last = await happen(engine, history);
  for (const projector of projectors) await projector.shown('shop', last);
  const shown = await shownBy(engine);
  await engine.close();
  return shown;
}

describe('a projector', () => {
  let expected: Awaited<ReturnType<typeof undisturbed>>;
  beforeAll(async () => {
    expected = await undisturbed();
  });

  it('shows what the streams say', () => {
    const { webhooks, projects, documents } = expected;
    expect(webhooks).toEqual({ wh_1: expect.objectContaining({ revision: 1, status: 'disabled' }), wh_2: null });
    expect(projects).toMatchObject({ 'project:shop': { kind: 'project' }, 'token:tok_1': null, 'type:shop/order.placed': { kind: 'event_type' } });
    expect(documents).toEqual([['wh_1@1'], ['shop@0'], [], ['shop/order.placed@2']]);
  });

  // Each fact is a batch of its own here and has three effects: message, document, checkpoint.
  const instants = Array.from({ length: history.length * 3 }, (_, effect) => effect).flatMap((effect) => [[effect, 'before'] as const, [effect, 'after'] as const]);

  it.each(instants)('loses nothing and brings nothing back when it dies at effect %i, %s it', async (effect, when) => {
    const engine = await openEngine();
    const ports = crashing(engine, effect, when);
    const dying = await startProjectors(ports);
    for (const step of history) {
      const position = await happen(engine, [step]);
      await Promise.race([ports.crash, Promise.all(dying.map((projector) => projector.shown('shop', position)))]);
    }
    await ports.crash;
    const projectors = await startProjectors(engine);
    const last = (await engine.store.readAll()).length;
    for (const projector of projectors) await projector.shown('shop', last);

    expect(await shownBy(engine)).toEqual(expected);
    for (const topic of [topics.webhooks, topics.projects]) {
      for (const revisions of await revisionsByKey(engine, topic)) expect(revisions).toEqual(revisions.toSorted((one, other) => one - other));
    }
  });

  it('handles what fails again, and holds back the answer until then', async () => {
    const engine = await openEngine();
    let failures = 2;
    const bus: MemoryEngine['bus'] = { ...engine.bus, publish: (messages) => (failures-- > 0 ? Promise.reject(new Error('unreachable')) : engine.bus.publish(messages)) };
    const [webhooks] = await startProjectors({ ...engine, bus });
    const last = await happen(engine, history.slice(0, 2));
    expect(await webhooks.shown('shop', last)).toMatchObject({ topic: 'webhooks', offset: 0 });
    expect(failures).toBeLessThanOrEqual(0);
    await engine.close();
  });

  it('answers where changes stand also when another instance shows them', async () => {
    const engine = await openEngine();
    const [elsewhere] = await openProjectors(engine);
    const last = await happen(engine, history.slice(0, 2));
    const asked = elsewhere.shown('shop', last);
    const [webhooks] = await startProjectors(engine);
    expect(await asked).toEqual(await webhooks.shown('shop', last));
    await engine.close();
  });

  it('goes on at once where the one before it stopped, and who asked that one still gets an answer', async () => {
    const engine = await openEngine();
    const refused = { ...engine, bus: { ...engine.bus, publish: () => Promise.reject(new Error('no longer the owner')) } };
    const [before] = await startProjectors(refused);
    const last = await happen(engine, history.slice(0, 2));
    const asked = before.shown('shop', last);
    await before.end();
    const [after] = await startProjectors(engine);
    expect(await asked).toEqual(await after.shown('shop', last));
    expect(await messagesOf(engine, topics.webhooks)).toHaveLength(1);
    await engine.close();
  });

  it('lists a webhook that this build cannot read any more by its id', async () => {
    const engine = await openEngine();
    const [webhooks] = await startProjectors(engine);
    const unreadable = created('wh_1') as Extract<WebhookFact, { type: 'WebhookCreated' }>;
    const last = await happen(engine, [
      [webhookStream('wh_1'), { ...unreadable, data: { ...unreadable.data, dialect: 'gone' } }],
      [webhookStream('wh_2'), { ...unreadable, data: { ...unreadable.data, webhookId: 'wh_2', definition: {} } }],
    ]);
    await webhooks.shown('shop', last);
    const listed = await (await engine.models.collection(webhooksCollection)).query({ limit: 10 });
    expect(listed.items.map(({ document }) => [document['name'], document['url']])).toEqual([['wh_1', ''], ['wh_2', '']]);
    await engine.close();
  });
});
