import { Fault, faultCodes, type FaultCode, type FaultDetails, isFault, topics } from '@hookyard/event-schemas';
import type { Message, OutgoingMessage } from '@hookyard/ports';

/** Headers of topic `commands` and topic `replies`. */
export const commandHeaders = {
  /** The kind: which handlers it is for. */
  kind: 'hy-command',
  /** Joins a reply to its command. */
  correlation: 'hy-correlation',
  /** Who waits for the reply; absent: nobody. */
  replyTo: 'hy-reply-to',
} as const;

export type CommandKind = 'webhook' | 'project' | 'redeliver' | 'explain';

export type Command = { readonly kind: CommandKind; readonly key: string; readonly payload: unknown };

/** A command that wants no reply, to publish or to return among a handler's outputs. */
export function commandMessage({ kind, key, payload }: Command, replyHeaders: Readonly<Record<string, string>> = {}): OutgoingMessage {
  return {
    topic: topics.commands,
    key,
    value: Buffer.from(JSON.stringify(payload)),
    headers: { [commandHeaders.kind]: kind, ...replyHeaders },
  };
}

type ReplyBody = { readonly ok: unknown } | { readonly fault: { readonly code: FaultCode; readonly message: string; readonly details: FaultDetails } };

/** The reply to a command, or null when nobody waits for one. */
export function replyMessage(command: Message, result: { readonly ok: unknown } | { readonly fault: Fault }): OutgoingMessage | null {
  const { [commandHeaders.correlation]: correlation, [commandHeaders.replyTo]: replyTo } = command.headers;
  if (correlation === undefined || replyTo === undefined) return null;
  const body: ReplyBody =
    'ok' in result
      ? { ok: result.ok ?? null }
      : { fault: { code: result.fault.code, message: result.fault.message, details: result.fault.details } };
  return {
    topic: topics.replies,
    key: replyTo,
    value: Buffer.from(JSON.stringify(body)),
    headers: { [commandHeaders.correlation]: correlation, [commandHeaders.replyTo]: replyTo },
  };
}

/** The value of a reply; throws the fault that it carries. */
export function readReply(message: Message): unknown {
  const body = JSON.parse(message.value?.toString('utf8') ?? 'null') as ReplyBody;
  if ('ok' in body) return body.ok;
  const { code, message: text, details } = body.fault;
  if (code in faultCodes) throw new Fault(code, details, { message: text });
  throw new Error(`a fault of a newer version: ${code}: ${text}`);
}

/** The message as it came, for topic `dead-letters`, with where it stood and why nobody could handle it. */
export function deadLetter(message: Message, group: string, reason: string): OutgoingMessage {
  return {
    topic: topics.deadLetters,
    key: message.key,
    value: message.value ?? Buffer.alloc(0),
    headers: {
      ...message.headers,
      'hy-dead-topic': message.topic,
      'hy-dead-partition': String(message.partition),
      'hy-dead-offset': String(message.offset),
      'hy-dead-group': group,
      'hy-dead-reason': reason,
    },
  };
}

/** A fault whoever threw it, or null when it is breakage. */
export function faultOf(error: unknown): Fault | null {
  return isFault(error) ? error : null;
}
