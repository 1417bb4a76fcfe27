import { attemptsCollection, deliveriesCollection, eventsCollection, projectsCollection, topics, webhooksCollection, type DeliveryDocument } from '@hookyard/event-schemas';
import type { Document } from '@hookyard/ports';
import { until } from '@hookyard/ports/testing';
import { environmentOf, folders, openFolder, receiver, startServices, stopServices } from '../installation-harness.ts';
import { keepingOf, type Sources } from '../read-models/families.ts';
import { hashesOf, total } from '../read-models/model-hash.ts';
import { runCommand } from '../run-command.ts';
import { rebuild } from './rebuild.ts';

const all = [projectsCollection, webhooksCollection, eventsCollection, deliveriesCollection, attemptsCollection];

describe('rebuilding read models', () => {
  const made = folders();
  const listening = receiver();
  let folder: string;
  let lines: string[] = [];
  const say = (line: string): void => void lines.push(line);

  const sourcesOf = ({ engine, clock }: Pick<Sources, 'engine' | 'clock'>): Sources => ({ engine, clock, keeping: keepingOf([]) });
  const hashesIn = async ({ engine }: Sources) => Promise.all(all.map(async (spec) => total(await hashesOf(await engine.readModels.collection(spec)))));

  beforeAll(async () => {
    folder = await made.fresh();
    const { call, emit, engine, stop } = await startServices(folder);
    for (const name of ['kept', 'gone']) {
      const { body } = await call('POST', '/default/webhooks', { name, url: (await listening).url, eventTypes: ['order.*'] });
      if (name === 'gone') await call('DELETE', `/default/webhooks/${(body as { id: string }).id}`);
    }
    for (let at = 0; at < 20; at += 1) await emit(`e${at}`);
    await until(async () => (await listening).got.length === 20);
    await until(async () => (await engine.bus.lag('delivery-log', topics.attempts)).every(({ messages }) => messages === 0));
    await stop();
  });
  beforeEach(() => (lines = []));
  afterEach(stopServices);
  afterAll(async () => {
    await (await listening).stop();
    await made.remove();
  });

  it('leads to the very same documents', async () => {
    const before = await openFolder(folder);
    const was = await hashesIn(sourcesOf(before));
    await before.close();
    expect(await runCommand({ name: 'rebuild', models: [], isCheck: false }, environmentOf(folder), say)).toBe(true);
    const after = await openFolder(folder);
    expect(await hashesIn(sourcesOf(after))).toEqual(was);
    expect((await after.engine.readModels.names()).filter((name) => name.endsWith('__rebuild'))).toEqual([]);
    await after.close();
    expect(lines).toContain('  deliveries_v1: 20 documents, equal');
    expect(lines.at(-1)).toMatch(/^Rebuilt, equal, and switched\. \(\d+\.\d s\)$/);
  });

  it('brings back what was lost, takes away what never was, and says so', async () => {
    const installation = await openFolder(folder);
    const sources = sourcesOf(installation);
    const was = await hashesIn(sources);
    const deliveries = await installation.engine.readModels.collection<Document>(deliveriesCollection);
    const [lost, changed] = (await deliveries.query({ limit: 2 })).items;
    if (lost === undefined || changed === undefined) throw new Error('there are no deliveries');
    const spoil = async (): Promise<void> => {
      await deliveries.delete([lost.id]);
      await deliveries.upsert([{ ...changed, revision: changed.revision + 1, document: { ...changed.document, status: 'failed' } }, { ...lost, id: 'dlv_never', document: { ...lost.document, createdAt: 1 } }]);
    };

    await spoil();
    const damaged = await hashesIn(sources);
    expect(await rebuild(sources, { names: [deliveriesCollection.name], isCheck: true, say })).toBe(false);
    expect(await hashesIn(sources)).toEqual(damaged);
    const told = lines.join('\n');
    expect(told).toContain('deliveries_v1: 20 documents, 3 differ');
    expect(told).toContain(`${lost.id}: missing in the old one`);
    expect(told).toContain(`${changed.id}: another revision`);
    expect(told).toContain('dlv_never: only in the old one');

    expect(await rebuild(sources, { names: [deliveriesCollection.name], isCheck: false, say })).toBe(false);
    expect(await hashesIn(sources)).toEqual(was);
    expect(await rebuild(sources, { names: [], isCheck: true, say })).toBe(true);
    await installation.close();
  });

  it('takes over what the topics no longer hold', async () => {
    const installation = await openFolder(folder);
    const { engine } = installation;
    const was = await hashesIn(sourcesOf(installation));
    const lost = 10;
    const bus: typeof engine.bus = {
      ...engine.bus,
      offsets: async (topic) => (await engine.bus.offsets(topic)).map(({ partition, high }) => ({ partition, low: Math.min(lost, high), high })),
      read: (from, limit, bytes) => engine.bus.read({ ...from, offset: Math.max(from.offset, lost) }, limit, bytes),
    };
    const sources = { ...sourcesOf(installation), engine: { ...engine, bus } };
    expect(await rebuild(sources, { names: [], isCheck: false, say })).toBe(true);
    expect(await hashesIn(sources)).toEqual(was);
    expect(lines.join('\n')).toMatch(/events_v1: 20 documents, equal\n +10 taken over from the old one/);
    await installation.close();
  });

  it('goes on beside running services, loses nothing that they write meanwhile, and brings nothing back that is gone', async () => {
    const running = await startServices(folder);
    const { call, emit, engine, stop } = running;
    const sources = sourcesOf(running);
    const before = (await listening).got.length;
    let isOver = false;
    let emitted = 0;
    const emitting = (async () => {
      for (; !isOver; emitted += 1) expect((await emit(`live-${emitted}`)).status).toBe(202);
    })();
    const removed: string[] = [];
    const changing = (async () => {
      while (!isOver) {
        const { body } = await call('POST', '/default/webhooks', { name: 'short', url: 'https://short.example/', eventTypes: ['none'] });
        const { id } = body as { readonly id: string };
        expect((await call('DELETE', `/default/webhooks/${id}`)).status).toBe(204);
        removed.push(id);
      }
    })();
    for (let round = 0; round < 3; round += 1) expect(await rebuild(sources, { names: [], isCheck: false, say })).toBe(true);
    isOver = true;
    await Promise.all([emitting, changing]);
    await until(async () => (await listening).got.length === before + emitted);

    const deliveries = await engine.readModels.collection<DeliveryDocument>(deliveriesCollection);
    await until(async () => (await deliveries.count([{ field: 'status', op: 'eq', value: 'succeeded' }])) === 20 + emitted);
    const webhooks = await engine.readModels.collection(webhooksCollection);
    expect(removed.length).toBeGreaterThan(0);
    expect(await webhooks.getMany(removed)).toEqual([]);
    expect(await rebuild(sources, { names: [], isCheck: true, say })).toBe(true);
    await stop();
  });

  it('names the read models there are when one is asked for that there is not', async () => {
    await expect(runCommand({ name: 'rebuild', models: ['delivery'], isCheck: false }, environmentOf(folder), say)).rejects.toThrow(/no read model delivery\. There are webhooks_v1, projects_v1/);
    await expect(runCommand({ name: 'rebuild', models: [], isCheck: false }, environmentOf('/nowhere/at/all'), say)).rejects.toThrow('There is no installation in /nowhere/at/all');
  });
});
