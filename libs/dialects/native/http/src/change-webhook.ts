import { randomUUID } from 'node:crypto';
import { Fault, isFault, webhookName, type Actor, type CommandMeta, type WebhookCommand, type WebhookRecord, type WebhookReply } from '@hookyard/event-schemas';
import { requireMatch, type IfMatch } from './etag.ts';
import type { NativePorts } from './native-ports.ts';
import { requireNative } from './webhook-view.ts';

/** A webhook as its project's clients name it. Only commands, collections, streams and messages know it by `webhookName`. */
export type Place = { readonly project: string; readonly webhookId: string };

/** One webhook, and who wants something of it, perhaps on a condition. */
export type Target = Place & {
  readonly actor: Actor;
  readonly ifMatch?: IfMatch;
  /** Only if there is none yet. */
  readonly ifAbsent?: boolean;
};

type Bare<Command> = Command extends unknown ? Omit<Command, keyof CommandMeta | 'webhookId' | 'project'> : never;

/** A command without what every command carries. */
export type Change = Bare<WebhookCommand>;

type Ports = Pick<NativePorts, 'commands' | 'webhooks' | 'clock'>;

/** Sends one command and waits for its reply: the change is then visible to whoever reads. */
export async function submit({ commands, clock }: Ports, { project, webhookId, actor }: Target, change: Change): Promise<WebhookReply> {
  const name = webhookName(project, webhookId);
  const command = { ...change, commandId: randomUUID(), actor, now: clock.now(), webhookId: name, project } as WebhookCommand;
  return commands.request<WebhookReply>('webhook', name, command);
}

/** The record under this id, of whatever project and dialect; undefined when there is none. */
export async function storedWebhook({ webhooks }: Pick<Ports, 'webhooks'>, { project, webhookId }: Place): Promise<WebhookRecord | undefined> {
  return (await webhooks.get(webhookName(project, webhookId)))?.document.record;
}

export async function findWebhook(ports: Pick<Ports, 'webhooks'>, place: Place): Promise<WebhookRecord> {
  return requireNative(await storedWebhook(ports, place), place.project, place.webhookId);
}

// Each round that one client loses, another has won: so many clients may change one webhook at once.
const rounds = 20;

/**
 * Reads the webhook, asks what is to change, and sends it on the condition that nobody wrote in between. When somebody
 * did, it begins again, unless the client named the revision it means.
 */
export async function revise(ports: Ports, target: Target, plan: (record: WebhookRecord) => readonly Change[]): Promise<WebhookReply> {
  for (let round = 1; ; round += 1) {
    const record = await findWebhook(ports, target);
    requireMatch(target.ifMatch, record.revision);
    try {
      return await submitAll(ports, target, record, plan(record));
    } catch (error) {
      const mayTryAgain = isFault(error, 'precondition_failed') && target.ifMatch === undefined && round < rounds;
      if (!mayTryAgain) throw error;
    }
  }
}

/** The webhook of a reply to a command that leaves one. */
export function requireWebhook({ webhook }: WebhookReply, webhookId: string): WebhookRecord {
  if (webhook === null) throw new Fault('webhook_deleted', { webhookId });
  return webhook;
}

async function submitAll(ports: Ports, target: Target, record: WebhookRecord, changes: readonly Change[]): Promise<WebhookReply> {
  // Also what changes nothing is asked for: the reply says how far everybody has seen.
  const asked = changes.length > 0 ? changes : [{ type: 'ChangeWebhook', definition: record.definition } as const];
  let expectedRevision = record.revision;
  let reply: WebhookReply | undefined;
  for (const change of asked) {
    reply = await submit(ports, target, { ...change, expectedRevision } as Change);
    expectedRevision = requireWebhook(reply, target.webhookId).revision;
  }
  if (reply === undefined) throw new Error('nothing was asked');
  return reply;
}
