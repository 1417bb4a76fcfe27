import { Fault } from '@hookyard/event-schemas';
import { codes, KafkaError, NoAnswer } from '../connection/errors.ts';
import type { Channel } from '../connection/channel.ts';
import { exchange, type Exchange } from '../connection/kafkajs.ts';
import type { Answer, ApiName, Apis } from '../connection/protocol.ts';
import type { Wire } from '../connection/wire.ts';

/** The broker in charge of a group or of a transactional id: found, asked, and found again when it is another. */
export interface Coordinator {
  /** Rejects with `NoAnswer`, and with a `KafkaError` that will pass while there is no coordinator. Every other error code is the caller's to judge. */
  ask<Api extends ApiName>(api: Api, asks: Apis[Api]['asks'], judged: (answer: Answer<Api>) => readonly number[]): Promise<Answer<Api>>;
  send<Answered>(what: Exchange<Answered>, judged: (answer: Answered) => readonly number[]): Promise<Answered>;
}

const elsewhere: readonly number[] = [codes.coordinatorNotAvailable, codes.notCoordinator];

export function coordinator(wire: Wire, channel: () => Channel, key: string, type: 'group' | 'transaction'): Coordinator {
  async function send<Answered>(what: Exchange<Answered>, judged: (answer: Answered) => readonly number[]): Promise<Answered> {
    const node = await wire.metadata.coordinatorOf(key, type);
    const answer = await channel()
      .send(node, what)
      .catch((error: unknown) => {
        if (error instanceof NoAnswer) wire.metadata.forgetCoordinator(key, type);
        throw error;
      });
    const code = judged(answer).find((each) => each === codes.coordinatorLoading || elsewhere.includes(each));
    if (code === undefined) return answer;
    if (elsewhere.includes(code)) wire.metadata.forgetCoordinator(key, type);
    throw new KafkaError(code, `the coordinator of ${key}`);
  }

  return { send, ask: (api, asks, judged) => send(exchange(api, asks), judged) };
}

/**
 * The same over a connection of its own, of which nothing may be in the way: when it stays silent for so long, the next request goes over
 * another. For heartbeats, which must not cost the session for the sake of one connection.
 */
export function impatientCoordinator(wire: Wire, key: string, withinMs: number): Coordinator & { close(): void } {
  let channel = wire.open();
  let isClosed = false;
  const coordinating = coordinator(wire, () => channel, key, 'group');

  async function send<Answered>(what: Exchange<Answered>, judged: (answer: Answered) => readonly number[]): Promise<Answered> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(new NoAnswer(`the coordinator of ${key} was silent`)), withinMs)));
    const used = channel;
    try {
      return await Promise.race([coordinating.send(what, judged), late]);
    } catch (error) {
      if (error instanceof NoAnswer && used === channel && !isClosed && !wire.isClosed()) {
        channel.close();
        channel = wire.open();
      }
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    send,
    ask: (api, asks, judged) => send(exchange(api, asks), judged),
    close() {
      isClosed = true;
      channel.close();
    },
  };
}

/** The code of an answer that has one. */
export const oneCode = ({ errorCode }: { readonly errorCode: number }): readonly number[] => [errorCode];

export function notAssigned(group: string, cause?: unknown): Fault {
  return new Fault('not_assigned', { group }, cause === undefined ? {} : { cause });
}
