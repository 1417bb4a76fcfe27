import type { AnyDialect } from '@hookyard/dialect';
import { Fault, type WebhookCommand, type WebhookState } from '@hookyard/event-schemas';
import { webhook } from './webhook.ts';

export type Dialects = ReadonlyMap<string, AnyDialect>;

export const byName = (dialects: readonly AnyDialect[]): Dialects => new Map(dialects.map((dialect) => [dialect.name, dialect]));

/** The webhook's rules, each definition as its dialect reads it, or refused: nothing unreadable ever reaches a stream. */
export function webhookOf(dialects: Dialects): typeof webhook {
  return { ...webhook, decide: (command, state) => webhook.decide(read(command, state, dialects), state) };
}

function read(command: WebhookCommand, state: WebhookState, dialects: Dialects): WebhookCommand {
  switch (command.type) {
    case 'CreateWebhook':
      return { ...command, definition: dialectNamed(command.dialect, dialects).parse(command.definition) as unknown };
    case 'ChangeWebhook':
      if (state.status !== 'live') return command;
      return { ...command, definition: dialectNamed(state.record.dialect, dialects).parse(command.definition) as unknown };
    case 'EnableWebhook':
    case 'DisableWebhook':
    case 'RotateSecret':
    case 'DeleteWebhook':
      return command;
    default:
      return command satisfies never;
  }
}

function dialectNamed(name: string, dialects: Dialects): AnyDialect {
  const dialect = dialects.get(name);
  if (dialect !== undefined) return dialect;
  throw new Fault('invalid_request', { problems: [{ field: 'dialect', code: 'unknown', reason: `There is no dialect named ${name}.` }] });
}
