import type { Clock, Follower, Message, MessageBus } from '@hookyard/ports';
import type { Log } from '../ops/log.ts';

export type TirelessFollower = {
  /** Resolves once everything published before it was opened has been handled. */
  caughtUp(): Promise<void>;
  /** Resolves once `partition` has been handled up to and including `offset`. */
  whenReached(partition: number, offset: number): Promise<void>;
  stop(): Promise<void>;
};

type Options = {
  readonly topic: string;
  readonly from: 'beginning' | 'end';
  /** A throw ends this following; it begins again with the same message. */
  readonly handle: (message: Message) => void;
  readonly clock: Clock;
  readonly log?: Log | undefined;
};

const backOffMs = 1_000;

/** Follows a topic and, when that breaks, begins again behind the last message handled. */
export async function followTirelessly(bus: MessageBus, { topic, from, handle, clock, log }: Options): Promise<TirelessFollower> {
  const next = from === 'end' ? await highOffsets(bus, topic) : new Map<number, number>();
  let stopped = false;
  let current = open();
  await current;

  async function open(): Promise<Follower> {
    const follower = await bus.follow({ topic, from: new Map(next), handle: (messages) => messages.forEach(take) });
    follower.failed.catch((error: unknown) => {
      if (stopped) return;
      log?.error({ err: error, topic }, 'following broke off; it begins again where it was');
      current = reopen();
      current.catch(() => undefined);
    });
    return follower;
  }

  function take(message: Message): void {
    handle(message);
    next.set(message.partition, message.offset + 1);
  }

  async function reopen(): Promise<Follower> {
    for (;;) {
      await new Promise<void>((resolve) => void clock.after(backOffMs, resolve));
      if (stopped) throw new Error(`following ${topic} was stopped`);
      try {
        return await open();
      } catch (error) {
        log?.warn({ err: error, topic }, 'following could not begin again yet');
      }
    }
  }

  /** Asks the follower there is; should that one fail, its successor. */
  async function until(ask: (follower: Follower) => Promise<void>): Promise<void> {
    for (;;) {
      const asked = current;
      const follower = await asked;
      try {
        return await Promise.race([ask(follower), follower.failed]);
      } catch (error) {
        if (asked === current) throw error;
      }
    }
  }

  return {
    caughtUp: () => until((follower) => follower.caughtUp()),
    async whenReached(partition, offset) {
      if ((next.get(partition) ?? 0) > offset) return;
      await until((follower) => follower.whenReached(partition, offset));
    },
    async stop() {
      stopped = true;
      await (await current.catch(() => null))?.stop();
    },
  };
}

async function highOffsets(bus: MessageBus, topic: string): Promise<Map<number, number>> {
  return new Map((await bus.offsets(topic)).map(({ partition, high }) => [partition, high]));
}
