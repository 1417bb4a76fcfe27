import { randomUUID } from 'node:crypto';
import { Fault, topics } from '@hookyard/event-schemas';
import { type Clock, type Message, type MessageBus, systemClock } from '@hookyard/ports';
import type { Log } from '../ops/log.ts';
import { type CommandKind, commandHeaders, commandMessage, readReply } from './command-message.ts';
import { followTirelessly, type TirelessFollower } from './tireless-follower.ts';

export interface CommandClient {
  /**
   * Publishes a command and resolves with its reply. Rejects with the `Fault` that the reply carries, with `deadline_exceeded`
   * when none came in time (the command may still take effect), or with `overloaded` when too many wait already (nothing was sent).
   */
  request<Reply>(kind: CommandKind, key: string, payload: unknown, options?: { readonly deadlineMs?: number }): Promise<Reply>;
  /** Publishes a command that wants no reply; resolves when it is durable. */
  send(kind: CommandKind, key: string, payload: unknown): Promise<void>;
  /** Stops listening; what still waits is refused with `closed`. */
  close(): Promise<void>;
}

export const COMMANDS = Symbol('CommandClient');

export type CommandClientOptions = {
  readonly bus: MessageBus;
  readonly clock?: Clock;
  readonly log?: Log;
  /** For requests that name none. Default 10,000. */
  readonly deadlineMs?: number;
  /** Requests that may wait at once. Default 1,000. */
  readonly maxPending?: number;
};

type Pending = { readonly resolve: (reply: unknown) => void; readonly reject: (error: unknown) => void };

/** Opens its follower on topic `replies` with the first request, so a service that asks nothing follows nothing. */
export function commandClient({ bus, clock = systemClock, log, deadlineMs = 10_000, maxPending = 1_000 }: CommandClientOptions): CommandClient {
  const replyTo = randomUUID();
  const pending = new Map<string, Pending>();
  let follower: Promise<TirelessFollower> | undefined;
  let closed = false;

  function follow(): Promise<TirelessFollower> {
    follower ??= followTirelessly(bus, { topic: topics.replies, from: 'end', handle: settle, clock, log });
    follower.catch(() => (follower = undefined));
    return follower;
  }

  function settle(message: Message): void {
    const correlation = message.headers[commandHeaders.correlation] ?? '';
    const waiting = message.headers[commandHeaders.replyTo] === replyTo ? pending.get(correlation) : undefined;
    if (waiting === undefined) return;
    try {
      waiting.resolve(readReply(message));
    } catch (error) {
      waiting.reject(error);
    }
  }

  return {
    async request<Reply>(kind: CommandKind, key: string, payload: unknown, options: { readonly deadlineMs?: number } = {}) {
      if (closed) throw new Fault('closed');
      if (pending.size >= maxPending) throw new Fault('overloaded', { pending: pending.size });
      const correlation = randomUUID();
      const withinMs = options.deadlineMs ?? deadlineMs;
      let cancel = (): void => undefined;
      const reply = new Promise<unknown>((resolve, reject) => {
        pending.set(correlation, { resolve, reject });
        cancel = clock.after(withinMs, () => reject(new Fault('deadline_exceeded', { afterMs: withinMs })));
      });
      reply.catch(() => undefined);
      try {
        const published = follow().then(() =>
          bus.publish([commandMessage({ kind, key, payload }, { [commandHeaders.correlation]: correlation, [commandHeaders.replyTo]: replyTo })]),
        );
        await Promise.race([published, reply]);
        return (await reply) as Reply;
      } finally {
        cancel();
        pending.delete(correlation);
      }
    },
    async send(kind, key, payload) {
      if (closed) throw new Fault('closed');
      await bus.publish([commandMessage({ kind, key, payload })]);
    },
    async close() {
      closed = true;
      for (const { reject } of pending.values()) reject(new Fault('closed'));
      await (await follower?.catch(() => undefined))?.stop();
    },
  };
}
