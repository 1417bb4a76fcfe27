import {
  catalogueKeys,
  eventTypeId,
  eventTypesCollection,
  Fault,
  partitionOf,
  projectsCollection,
  tokensCollection,
  topics,
} from '@hookyard/event-schemas';
import type { CatalogueRecord, ExplainCommand, ProjectCommand, RedeliverCommand, WebhookCommand, WebhookReply } from '@hookyard/event-schemas';
import type { Consumption, Message, MessageBus, ReadModels } from '@hookyard/ports';
import { commandHeaders, replyMessage } from '@hookyard/runtime';

/** What a command makes of the catalogue: a record under a key, or its removal. */
type Change = { readonly key: string; readonly id: string; readonly collection: typeof projectsCollection | typeof tokensCollection | typeof eventTypesCollection; readonly record: CatalogueRecord | null };

type CommandOf<Type extends WebhookCommand['type']> = Extract<WebhookCommand, { type: Type }>;
type Ports = { readonly bus: MessageBus; readonly models: ReadModels };

let revision = 0;

/** Stands in for subscriptions, matcher and delivery-log: does what a command says, without rules, and answers. */
export async function fakeServices(bus: MessageBus, models: ReadModels): Promise<Consumption> {
  const ports = { bus, models };
  await apply(ports, { type: 'CreateProject', project: 'shop', name: 'The shop', commandId: '0', actor: { kind: 'system', id: 'test' }, now: 0 });
  return bus.consume({
    group: 'fakes',
    topics: [topics.commands],
    handle: async ({ messages }) => (await Promise.all(messages.map((message) => answer(ports, message)))).flatMap((reply) => reply ?? []),
  });
}

async function answer(ports: Ports, message: Message) {
  try {
    return replyMessage(message, { ok: await handle(ports, message) });
  } catch (error) {
    if (error instanceof Fault) return replyMessage(message, { fault: error });
    throw error;
  }
}

async function handle(ports: Ports, message: Message): Promise<unknown> {
  const command: unknown = JSON.parse(message.value?.toString('utf8') ?? 'null');
  switch (message.headers[commandHeaders.kind]) {
    case 'project':
      return apply(ports, command as ProjectCommand);
    case 'webhook':
      return create(ports, command as CommandOf<'CreateWebhook'>);
    case 'redeliver':
      return redeliver(command as RedeliverCommand);
    default:
      return explain(command as ExplainCommand);
  }
}

async function apply({ bus, models }: Ports, command: ProjectCommand) {
  const { key, id, collection, record } = changeOf(command);
  const stored = await models.collection(collection);
  if (record === null) await stored.delete([id]);
  else await stored.upsert([{ id, revision: (revision += 1), document: record }]);
  const partition = partitionOf(command.project, await bus.partitions(topics.projects));
  const [position] = await bus.publish([{ topic: topics.projects, key, partition, value: record === null ? null : Buffer.from(JSON.stringify(record)) }]);
  return { record, position };
}

function changeOf(command: ProjectCommand): Change {
  const { project, now } = command;
  switch (command.type) {
    case 'CreateProject':
      return { key: catalogueKeys.project(project), id: project, collection: projectsCollection, record: { kind: 'project', id: project, name: command.name, revision, createdAt: now } };
    case 'IssueToken': {
      const { tokenId: id, name, scopes, hash, expiresAt } = command;
      const record = { kind: 'token', id, project, name, scopes, hash, createdAt: now, ...(expiresAt === undefined ? {} : { expiresAt }) } as const;
      return { key: catalogueKeys.token(id), id, collection: tokensCollection, record };
    }
    case 'RevokeToken':
      return { key: catalogueKeys.token(command.tokenId), id: command.tokenId, collection: tokensCollection, record: null };
    case 'RegisterEventType': {
      const { name, schema, validation } = command;
      return { key: catalogueKeys.eventType(project, name), id: eventTypeId(project, name), collection: eventTypesCollection, record: { kind: 'event_type', project, name, schema, validation, revision } };
    }
    case 'RemoveEventType':
      return { key: catalogueKeys.eventType(project, command.name), id: eventTypeId(project, command.name), collection: eventTypesCollection, record: null };
  }
}

async function create({ bus }: Ports, { webhookId: id, project, dialect, definition, secrets, now }: CommandOf<'CreateWebhook'>): Promise<WebhookReply> {
  const webhook = { id, project, dialect, definition, secrets: secrets.map((sealed) => ({ sealed })), revision: 0, status: 'enabled', createdAt: now, updatedAt: now } as const;
  return { webhook, position: { topic: topics.webhooks, partition: partitionOf(project, await bus.partitions(topics.webhooks)), offset: 41 } };
}

function redeliver({ deliveryId, commandId }: RedeliverCommand) {
  if (deliveryId.endsWith('busy')) throw new Fault('delivery_in_progress', { delivery: deliveryId });
  return { deliveryId, requestId: commandId };
}

function explain({ eventId, origin }: ExplainCommand) {
  const reason = { code: 'type_not_subscribed', message: `asked at ${origin.partition}:${origin.offset}` };
  return { eventId, webhooks: [{ webhookId: 'wh_1', webhookRevision: 0, matched: false, reason }], truncated: false };
}
