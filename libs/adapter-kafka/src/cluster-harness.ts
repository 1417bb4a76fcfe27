import { env } from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import type { Message, MessageBus } from '@hookyard/ports';
import { openBus, type KafkaBus } from './kafka-bus.ts';
import type { KafkaBusOptions } from './options.ts';

/** Real: the brokers, the network, the clock. Nothing is doubled. Names are fresh in every test, since the servers are shared and keep what they get. */

/** Where the servers under test are. Rejects with what to do when nobody said. */
export function testBrokers(): readonly string[] {
  const brokers = env['HOOKYARD_TEST_KAFKA'];
  if (brokers === undefined || brokers === '') {
    throw new Error('HOOKYARD_TEST_KAFKA names no Kafka broker: "npm run test:cluster" starts servers, or set it to host:port[,host:port].');
  }
  return brokers.split(',');
}

// A member that crashed holds its partitions for the session's time: short here, so that tests need not wait for long.
const quick = { clientId: 'hookyard-test', sessionTimeoutMs: 1_500, heartbeatMs: 200 };

export function openTestBus(options: Partial<KafkaBusOptions> = {}): Promise<KafkaBus> {
  return openBus({ brokers: options.brokers ?? testBrokers(), ...quick, ...options });
}

/** Everything a topic holds, partition by partition. */
export async function contentsOf(bus: MessageBus, topic: string): Promise<readonly Message[]> {
  const found: Message[] = [];
  for (const { partition, low } of await bus.offsets(topic)) {
    for (let offset = low; ; ) {
      const page = await bus.read({ topic, partition, offset }, 1_000);
      const last = page.at(-1);
      if (last === undefined) break;
      found.push(...page);
      offset = last.offset + 1;
    }
  }
  return found;
}

export const textsOf = (messages: readonly Message[]): string[] => messages.map(({ value }) => value?.toString() ?? '');

export type Load = {
  readonly topic: string;
  /** Each waits for its call before it makes the next. */
  readonly callers: number;
  /** Over so many partitions they write. */
  readonly spread: number;
  /** Whether each call writes to all of these partitions, or (default) a caller to one only. */
  readonly isBroad?: boolean;
  /** Between the calls of a caller; default none. Brokers that are to come back need some of the processor too. */
  readonly restMs?: number;
  readonly withinMs?: number;
  readonly until?: () => boolean;
};

export type Acknowledged = {
  count(): number;
  /** What was acknowledged and is not at its place. */
  lost(found: readonly Message[]): string[];
  /** What a caller published later, and stands earlier. */
  outOfOrder(found: readonly Message[]): string[];
};

/** Publishes numbered messages as hard as the callers can, and remembers what was acknowledged, and where. A refused call is not repeated. */
export async function publishUntil(bus: MessageBus, { topic, callers, spread, isBroad = false, restMs = 0, withinMs = Infinity, until = () => false }: Load): Promise<Acknowledged> {
  const deadline = performance.now() + withinMs;
  const places = new Map<string, string>();
  const texts = (caller: number, call: number) => Array.from({ length: isBroad ? spread : 5 }, (_, at) => `${caller} ${String(call).padStart(6, '0')} ${String(at).padStart(2, '0')} ${isBroad ? 'broad' : 'narrow'}`);
  const one = async (caller: number): Promise<void> => {
    for (let call = 0; performance.now() < deadline && !until(); call += 1) {
      const sent = texts(caller, call);
      const messages = sent.map((text, at) => ({ topic, partition: isBroad ? at : caller % spread, key: text, value: Buffer.from(text) }));
      const positions = await bus.publish(messages).catch(() => []);
      if (restMs > 0) await pause(restMs);
      positions.forEach(({ partition, offset }, at) => places.set(sent[at] ?? '', `${partition}:${offset}`));
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, caller) => one(caller)));
  return {
    count: () => places.size,
    lost(found) {
      const there = new Map(found.map((message) => [`${message.partition}:${message.offset}`, message.value?.toString()]));
      return [...places].filter(([text, place]) => there.get(place) !== text).map(([text]) => text);
    },
    outOfOrder(found) {
      const last = new Map<string, string>();
      const seen = new Set<string>();
      return textsOf(found).filter((text) => {
        if (seen.has(text) || !text.endsWith(isBroad ? 'broad' : 'narrow')) return false;
        seen.add(text);
        const caller = text.split(' ')[0] ?? '';
        const isEarlier = text < (last.get(caller) ?? '');
        last.set(caller, text);
        return isEarlier;
      });
    },
  };
}
