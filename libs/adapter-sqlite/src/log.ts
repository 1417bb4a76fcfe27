import type { Log, PlacedMessage } from '@hookyard/consumer-groups';
import { Fault } from '@hookyard/event-schemas';
import type { MessagePosition, TopicSpec } from '@hookyard/ports';
import type { Database } from './driver.ts';
import { logReads } from './log-reads.ts';
import { tail as memoryTail } from './tail.ts';
import { loadTopics, type Partition } from './topics.ts';
import type { Turns } from './turns.ts';
import type { Packer, Unpacker } from './wire/bytes.ts';
import { requestKinds } from './wire/requests.ts';
import type { Writer } from './writer.ts';

export type LogOptions = { readonly writer: Writer; readonly reader: Database; readonly turns: Turns; readonly tailBytes: number };

/** The face of the log that topics show: written through the writer, read from memory near the head and from disk behind it. */
export function sqliteLog({ writer, reader, turns, tailBytes }: LogOptions): Log {
  const topics = loadTopics(reader);
  const tail = memoryTail(tailBytes);
  const stored = logReads(reader);
  const listeners = new Set<(topic: string, partition: number) => void>();
  const moved = new Set<Partition>();
  let closed = false;

  const open = <Answer>(answer: () => Answer): Answer | Promise<never> => (closed ? Promise.reject(new Fault('closed', { what: 'the message bus' })) : answer());

  /** All answers of a transaction come in one turn: each partition is told of once. */
  function announce(partition: Partition): void {
    if (moved.size === 0) queueMicrotask(tellListeners);
    moved.add(partition);
  }

  function tellListeners(): void {
    const partitions = [...moved];
    moved.clear();
    for (const { topic, partition } of partitions) for (const listener of listeners) listener(topic, partition);
  }

  function take(messages: readonly PlacedMessage[], answer: Unpacker): readonly MessagePosition[] {
    return messages.map(({ topic, partition, key, value, headers }) => {
      const [offset, publishedAt] = [answer.number(), answer.number()];
      const place = topics.find(topic, partition);
      tail.add(place.channel, { topic, partition, offset, key, value, headers: headers ?? {}, publishedAt });
      place.high = offset + 1;
      announce(place);
      return { topic, partition, offset };
    });
  }

  function write(group: string, positions: readonly MessagePosition[], messages: readonly PlacedMessage[]): Promise<readonly MessagePosition[]> {
    const channelOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }) => topics.find(topic, partition).channel;
    return writer.request(
      requestKinds.publish,
      (request) => {
        request.text(group);
        request.u32(positions.length);
        for (const position of positions) {
          request.u32(channelOf(position));
          request.number(position.offset);
        }
        request.u32(messages.length);
        for (const message of messages) packMessage(request, channelOf(message), message);
      },
      (answer) => {
        for (const position of positions) topics.positions(group).set(channelOf(position), position.offset);
        return take(messages, answer);
      },
    );
  }

  return {
    declare: async (specs) => open(async () => {
      for (const spec of specs) topics.declared(await writer.control('declareTopic', shapeOf(spec)));
    }),
    partitions: topics.partitions,
    high: (topic, partition) => topics.find(topic, partition).high,
    low: (topic, partition) => open(() => stored.low(topics.find(topic, partition))),
    read: (topic, partition, page) => open(() => {
      const place = topics.find(topic, partition);
      return page.from >= place.high ? [] : (tail.read(place.channel, page) ?? turns(() => open(() => stored.page(place, page))));
    }),
    append: async (messages) => open(() => write('', [], messages)),
    commit: async (group, positions, outputs) => open(() => write(group, positions, outputs)),
    committed: async (group, topic) => open(() => {
      const known = topics.positions(group);
      const committed = new Map<number, number>();
      for (let partition = 0; partition < (topics.partitions(topic) ?? 0); partition += 1) {
        const next = known.get(topics.find(topic, partition).channel);
        if (next !== undefined) committed.set(partition, next);
      }
      return committed;
    }),
    offsetAt: (topic, partition, timeMs) => open(() => stored.offsetAt(topics.find(topic, partition), timeMs)),
    onAppend(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      closed = true;
      listeners.clear();
    },
  };
}

function packMessage(request: Packer, channel: number, { key, headers, value, publishedAt }: PlacedMessage): void {
  request.u32(channel);
  request.text(key);
  request.text(headers === undefined ? '{}' : JSON.stringify(headers));
  request.u8(value === null ? 0 : 1);
  if (value !== null) request.bytes(value);
  request.u8(publishedAt === undefined ? 0 : 1);
  if (publishedAt !== undefined) request.number(publishedAt);
}

function shapeOf({ name, partitions, compacted, retentionMs }: TopicSpec) {
  return { name, partitions, compacted: compacted ?? false, retentionMs: retentionMs ?? null };
}
