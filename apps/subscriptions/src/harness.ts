/**
 * Subscriptions on the in-memory engine, for specs.
 * Real: deciders, command handling, projectors; the engine's streams, topics and read models. Doubled: the dialect (a definition is
 * `{ url }`). May be asserted: replies, the topics' messages, the documents. A crash lets nothing of a projector have any effect
 * afterwards; the engine lives on.
 */
import { memoryEngine, type MemoryEngine } from '@hookyard/adapter-memory';
import type { AnyDialect } from '@hookyard/dialect';
import { Fault, topics, type Actor } from '@hookyard/event-schemas';
import { systemClock, type CollectionSpec, type Document, type Message, type Write } from '@hookyard/ports';
import { projectCommands, webhookCommands, type HandleProject, type HandleWebhook } from './commands.ts';
import { byName } from './definitions.ts';
import { projectProjection } from './project-projection.ts';
import { openProjector, type Projector, type ProjectorPorts } from './projector.ts';
import { webhookProjection } from './webhook-projection.ts';

export const partitions = 4;

const plain: AnyDialect = {
  name: 'plain',
  parse(given: unknown) {
    const definition = given as { readonly url?: string };
    if (definition.url === undefined) throw new Fault('invalid_request', { problems: [{ field: 'url', code: 'required', reason: 'Give a URL.' }] });
    return { name: 'unnamed', ...definition };
  },
  summarize: ({ name, url }: { readonly name: string; readonly url: string }) => ({ name, url, eventTypes: ['*'], labels: { team: 'blue' } }),
  catalogue: [],
  compile: () => ({ types: ['*'] }),
  render: () => ({ method: 'POST', url: '', headers: [], body: Buffer.alloc(0) }),
  policy: () => ({ timeoutMs: 1, maxRedirects: 0, judge: () => 'failed', next: () => ({ giveUp: 'not_retryable' }), disables: () => null }),
};
export const dialects = byName([plain]);

type EnginePorts = Omit<ProjectorPorts, 'clock' | 'onFailure'>;

export type Running = { readonly webhook: HandleWebhook; readonly project: HandleProject; stop(): Promise<void> };

export async function openEngine(): Promise<MemoryEngine> {
  const engine = memoryEngine();
  await engine.bus.declare([topics.webhooks, topics.projects].map((name) => ({ name, partitions, compacted: true })));
  return engine;
}

/** Both projectors and the commands in front of them. `ports` may be ones that crash. */
export async function start({ store }: MemoryEngine, ports: EnginePorts): Promise<Running> {
  const [webhooks, projects] = await startProjectors(ports);
  return {
    webhook: webhookCommands(store, webhooks, dialects),
    project: projectCommands(store, projects),
    stop: async () => void (await Promise.all([webhooks.end(), projects.end()])),
  };
}

/** As the instance that shows: nobody else does, so what it publishes needs no fence. */
export async function startProjectors(ports: EnginePorts): Promise<readonly [webhooks: Projector, projects: Projector]> {
  const projectors = await openProjectors(ports);
  for (const projector of projectors) await projector.begin({ commit: (_positions, outputs = []) => ports.bus.publish(outputs) });
  return projectors;
}

export async function openProjectors(ports: EnginePorts): Promise<readonly [webhooks: Projector, projects: Projector]> {
  const clocked = { ...ports, clock: systemClock, onFailure: () => undefined };
  return [await openProjector(clocked, webhookProjection(dialects), 100), await openProjector(clocked, projectProjection, 100)];
}

const actor: Actor = { kind: 'admin', id: 'admin' };
let commandsAsked = 0;

/** What every command says, with an id of its own. */
export function asked(now = 1_000) {
  commandsAsked += 1;
  return { commandId: `command-${commandsAsked}`, actor, now, project: 'shop' };
}

export async function messagesOf({ bus }: MemoryEngine, topic: string): Promise<readonly Message[]> {
  const read = await Promise.all(Array.from({ length: partitions }, (_, partition) => bus.read({ topic, partition, offset: 0 }, 1_000)));
  return read.flat();
}

export const valueOf = ({ value }: Message): unknown => (value === null ? null : (JSON.parse(value.toString('utf8')) as unknown));

/** What is left of a topic by key: what somebody who reads it from the start ends up with. */
export async function tableOf(engine: MemoryEngine, topic: string): Promise<Readonly<Record<string, unknown>>> {
  return Object.fromEntries((await messagesOf(engine, topic)).map((message) => [message.key, valueOf(message)]));
}

/** The ports of a projector that crashes at its n-th effect on the engine (from 0), before or after it came about. */
export function crashing({ store, bus, models }: MemoryEngine, at: number, when: 'before' | 'after'): EnginePorts & { readonly crash: Promise<void> } {
  let effects = 0;
  let crashed = false;
  let sayCrashed = (): void => undefined;
  const crash = new Promise<void>((resolve) => (sayCrashed = resolve));
  const never = new Promise<never>(() => undefined);

  async function effect<Result>(run: () => Promise<Result>): Promise<Result> {
    const isLast = effects === at;
    effects += 1;
    if (crashed) return never;
    crashed ||= isLast;
    const result = isLast && when === 'before' ? never : await run();
    if (isLast) sayCrashed();
    return crashed ? never : result;
  }

  return {
    store,
    bus: { ...bus, publish: (messages) => effect(() => bus.publish(messages)) },
    models: {
      ...models,
      async collection<D extends Document>(spec: CollectionSpec) {
        const collection = await models.collection<D>(spec);
        return { ...collection, upsert: (writes: readonly Write<D>[]) => effect(() => collection.upsert(writes)), delete: (ids: readonly string[]) => effect(() => collection.delete(ids)) };
      },
    },
    crash,
  };
}
