import { topics } from '@hookyard/event-schemas';
import type { ChangePosition } from '@hookyard/event-schemas';
import type { CommandClient } from '@hookyard/runtime';

/** How far topic `webhooks` had come in each partition, by the replies that this gateway has seen. */
export type WebhookPositions = {
  readonly saw: (position: ChangePosition) => void;
  /** The newest position in a partition as `partition:offset`; undefined when nothing was changed there. */
  readonly newest: (partition: number) => string | undefined;
};

export function webhookPositions(): WebhookPositions {
  const offsets = new Map<number, number>();
  return {
    saw({ topic, partition, offset }) {
      if (topic === topics.webhooks) offsets.set(partition, Math.max(offset, offsets.get(partition) ?? -1));
    },
    newest(partition) {
      const offset = offsets.get(partition);
      return offset === undefined ? undefined : `${partition}:${offset}`;
    },
  };
}

/**
 * The same client, with every change position that its replies carry noted before anyone sees the reply: an event accepted
 * afterwards is matched against at least that. So every dialect's API keeps the promise without knowing of it.
 */
export function notingPositions(commands: CommandClient, positions: WebhookPositions): CommandClient {
  return {
    ...commands,
    async request<Reply>(...asked: Parameters<CommandClient['request']>) {
      const reply = await commands.request<Reply>(...asked);
      const position = positionIn(reply);
      if (position !== null) positions.saw(position);
      return reply;
    },
  };
}

function positionIn(reply: unknown): ChangePosition | null {
  if (typeof reply !== 'object' || reply === null || !('position' in reply)) return null;
  const { position } = reply;
  return typeof position === 'object' && position !== null && 'topic' in position && 'offset' in position ? (position as ChangePosition) : null;
}
