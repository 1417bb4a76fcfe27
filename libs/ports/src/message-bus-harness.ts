import { randomUUID } from 'node:crypto';
import { afterEach } from '@jest/globals';
import { harness, freshName, type Open } from './contract-harness.ts';
import type {
  Batch,
  ConsumeOptions,
  Consumption,
  FollowOptions,
  Follower,
  Message,
  MessageBus,
  OutgoingMessage,
  TopicSpec,
} from './message-bus.ts';

/** What the suites of the message bus share: topics with fresh names, and consumptions that are stopped after their test. */
export function busHarness(open: Open<MessageBus>) {
  const buses = harness(open);
  const running: { stop(): Promise<void> }[] = [];

  afterEach(async () => {
    await Promise.all(running.splice(0).map((each) => each.stop()));
  });

  return {
    ...buses,
    async topic(partitions: number, options: Partial<TopicSpec> & { readonly on?: MessageBus } = {}): Promise<string> {
      const { on, ...spec } = options;
      const name = freshName('topic');
      await (on ?? (await buses.port())).declare([{ name, partitions, ...spec }]);
      return name;
    },
    async consume(options: ConsumeOptions, on?: MessageBus): Promise<Consumption> {
      const consumption = await (on ?? (await buses.port())).consume(options);
      running.push(consumption);
      return consumption;
    },
    async follow(options: FollowOptions, on?: MessageBus): Promise<Follower> {
      const follower = await (on ?? (await buses.port())).follow(options);
      running.push(follower);
      return follower;
    },
  };
}

export function freshGroup(): string {
  return `group-${randomUUID()}`;
}

/** Messages whose values are the texts, each with its text as key unless told otherwise. */
export function messages(topic: string, texts: readonly string[], place: { readonly partition?: number; readonly key?: string } = {}): OutgoingMessage[] {
  return texts.map((text) => ({ topic, key: text, value: Buffer.from(text), ...place }));
}

/** `prefix-1`, `prefix-2`, … */
export function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${prefix}-${at + 1}`);
}

export function textOf(message: Message): string {
  return message.value?.toString() ?? '';
}

/** Remembers the batches it was given, in order. */
export function recorder() {
  const batches: Batch[] = [];
  return {
    batches,
    handle: (batch: Batch): Promise<void> => {
      batches.push(batch);
      return Promise.resolve();
    },
    messages: () => batches.flatMap((batch) => batch.messages),
    texts: () => batches.flatMap((batch) => batch.messages.map(textOf)),
  };
}

/** Some round trips: time for what must not happen to show itself. */
export async function meanwhile(bus: MessageBus, topic: string): Promise<void> {
  for (let trip = 0; trip < 10; trip += 1) {
    await bus.offsets(topic);
    await new Promise(setImmediate);
  }
}

/** Everything a partition holds now. */
export async function contents(bus: MessageBus, topic: string, partition: number): Promise<Message[]> {
  const found: Message[] = [];
  for (let offset = 0; ; ) {
    const page = await bus.read({ topic, partition, offset }, 500);
    const last = page.at(-1);
    if (last === undefined) return found;
    found.push(...page);
    offset = last.offset + 1;
  }
}
