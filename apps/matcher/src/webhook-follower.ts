import { topics, type WebhookRecord } from '@hookyard/event-schemas';
import type { Clock, MessageBus } from '@hookyard/ports';
import { followTable, type Log } from '@hookyard/runtime';
import type { WebhooksPosition } from './arrived-event.ts';
import type { WebhookIndex } from './webhook-index.ts';

/** Keeps the index as the topic `webhooks` has it. */
export type WebhookFollower = {
  /** Resolves once the index has taken the change at each of these positions. Places where nothing was ever published are not waited for. */
  readonly whenReached: (positions: readonly WebhooksPosition[]) => Promise<void>;
  /** Resolves once the index has taken every change of this partition that was published before the call. */
  readonly whenCurrent: (partition: number) => Promise<void>;
  readonly stop: () => Promise<void>;
};

const readAtOnce = 1_000;

/** Resolves when the index holds every webhook there is. */
export async function followWebhooks(bus: MessageBus, index: WebhookIndex, { clock, log }: { readonly clock: Clock; readonly log: Log }): Promise<WebhookFollower> {
  const next = new Map<number, number>();
  const nextOf = (partition: number): number => next.get(partition) ?? 0;
  const follower = await followTable<WebhookRecord>(
    bus,
    topics.webhooks,
    (id, record, { partition, offset }) => {
      index.change(id, record);
      next.set(partition, offset + 1);
    },
    { clock, log },
  );
  await follower.caughtUp();

  /** A position beyond the end comes from whoever else may write to topic `events`, and would be waited for in vain. */
  async function existing(positions: readonly WebhooksPosition[]): Promise<readonly WebhooksPosition[]> {
    const ends = new Map((await bus.offsets(topics.webhooks)).map(({ partition, high }) => [partition, high]));
    const real = positions.filter(({ partition, offset }) => offset < (ends.get(partition) ?? 0));
    if (real.length < positions.length) log.warn({ positions, ends: [...ends] }, 'events name places in topic webhooks that do not exist; those are not waited for');
    return real;
  }

  return {
    async whenReached(positions) {
      const ahead = positions.filter(({ partition, offset }) => offset >= nextOf(partition));
      if (ahead.length === 0) return;
      await Promise.all((await existing(ahead)).map(({ partition, offset }) => follower.whenReached(partition, offset)));
    },
    async whenCurrent(partition) {
      const end = (await bus.offsets(topics.webhooks)).find((one) => one.partition === partition)?.high ?? 0;
      for (let offset = nextOf(partition); offset < end; ) {
        const last = (await bus.read({ topic: topics.webhooks, partition, offset }, readAtOnce)).at(-1);
        if (last === undefined) return;
        await follower.whenReached(partition, last.offset);
        offset = last.offset + 1;
      }
    },
    stop: () => follower.stop(),
  };
}
