import { Fault } from '@hookyard/event-schemas';
import type { Batch, Message, OutgoingMessage, Outputs } from '@hookyard/ports';
import { commandHeaders, deadLetter, faultOf, replyMessage } from './command-message.ts';

/** Decides one command. What it resolves with is the reply; a `Fault` thrown is the refusal; anything else is breakage. */
export type CommandHandler = (payload: unknown) => Promise<unknown>;

/**
 * Handles a batch of topic `commands`: one after the other for each key, keys side by side.
 * Answers the replies, in the order of the commands, to be committed with the batch. Kinds without a handler are for others
 * and are passed over. A command that is no JSON becomes a dead letter. Breakage rejects, after what is in hand has ended.
 */
export async function handleCommands(group: string, handlers: ReadonlyMap<string, CommandHandler>, batch: Batch): Promise<Outputs> {
  const outputs: (readonly OutgoingMessage[])[] = [];
  const byKey = new Map<string, Promise<void>>();
  batch.messages.forEach((message, place) => {
    const handler = handlers.get(message.headers[commandHeaders.kind] ?? '');
    if (handler === undefined) return;
    const before = byKey.get(message.key) ?? Promise.resolve();
    byKey.set(
      message.key,
      before.then(async () => {
        outputs[place] = await handleOne(group, handler, message);
      }),
    );
  });
  const ended = await Promise.allSettled(byKey.values());
  for (const result of ended) if (result.status === 'rejected') throw result.reason;
  return outputs.flat();
}

async function handleOne(group: string, handler: CommandHandler, message: Message): Promise<readonly OutgoingMessage[]> {
  const payload = parse(message);
  if (payload === undefined) {
    const refusal = replyMessage(message, { fault: new Fault('invalid_request', {}, { message: 'The command is no JSON.' }) });
    const letter = deadLetter(message, group, 'The command is no JSON.');
    return refusal === null ? [letter] : [letter, refusal];
  }
  const reply = replyMessage(message, await resultOf(handler, payload));
  return reply === null ? [] : [reply];
}

async function resultOf(handler: CommandHandler, payload: unknown): Promise<{ ok: unknown } | { fault: Fault }> {
  try {
    return { ok: await handler(payload) };
  } catch (error) {
    const fault = faultOf(error);
    if (fault === null) throw error;
    return { fault };
  }
}

function parse(message: Message): unknown {
  try {
    return JSON.parse(message.value?.toString('utf8') ?? '');
  } catch {
    return undefined;
  }
}
