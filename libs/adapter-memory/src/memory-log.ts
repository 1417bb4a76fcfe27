import { Fault } from '@hookyard/event-schemas';
import { withinBytes, type Log, type PlacedMessage } from '@hookyard/consumer-groups';
import type { Clock, Message, MessagePosition, TopicSpec } from '@hookyard/ports';

type Topic = { readonly isCompacted: boolean; readonly partitions: readonly Message[][] };

/** A log that forgets everything when the process ends, and nothing before: offsets are places in an array. */
export function memoryLog(clock: Clock): Log {
  const topics = new Map<string, Topic>();
  const positions = new Map<string, Map<number, number>>();
  const listeners = new Set<(topic: string, partition: number) => void>();
  let isClosed = false;

  function requireOpen(): void {
    if (isClosed) throw new Fault('closed');
  }

  function messagesOf(topic: string, partition: number): Message[] {
    return topics.get(topic)?.partitions[partition] ?? [];
  }

  function positionsOf(group: string, topic: string): Map<number, number> {
    const key = JSON.stringify([group, topic]);
    const found = positions.get(key) ?? new Map<number, number>();
    positions.set(key, found);
    return found;
  }

  function write(messages: readonly PlacedMessage[]): readonly MessagePosition[] {
    const now = clock.now();
    const written = messages.map(({ topic, partition, key, value, headers = {}, publishedAt = now }) => {
      const stored = messagesOf(topic, partition);
      const offset = stored.push({ topic, partition, offset: stored.length, key, value, headers, publishedAt }) - 1;
      return { topic, partition, offset };
    });
    for (const [topic, partition] of touched(messages)) for (const listener of listeners) listener(topic, partition);
    return written;
  }

  return {
    async declare(specs) {
      requireOpen();
      for (const spec of specs) requireSame(spec, topics.get(spec.name));
      for (const { name, partitions, compacted = false } of specs) {
        if (topics.has(name)) continue;
        topics.set(name, { isCompacted: compacted, partitions: Array.from({ length: partitions }, () => []) });
      }
    },
    partitions: (topic) => topics.get(topic)?.partitions.length,
    high: (topic, partition) => messagesOf(topic, partition).length,
    low: () => 0,
    read(topic, partition, { from, limit, maxBytes }) {
      requireOpen();
      return withinBytes(messagesOf(topic, partition).slice(from, from + limit), maxBytes);
    },
    async append(messages) {
      requireOpen();
      return write(messages);
    },
    async commit(group, committed, outputs) {
      requireOpen();
      for (const { topic, partition, offset } of committed) positionsOf(group, topic).set(partition, offset);
      return write(outputs);
    },
    async committed(group, topic) {
      requireOpen();
      return new Map(positionsOf(group, topic));
    },
    offsetAt(topic, partition, timeMs) {
      const messages = messagesOf(topic, partition);
      const found = messages.findIndex(({ publishedAt }) => publishedAt >= timeMs);
      return found < 0 ? messages.length : found;
    },
    onAppend(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      isClosed = true;
    },
  };
}

function requireSame(spec: TopicSpec, existing: Topic | undefined): void {
  if (existing === undefined) return;
  const isSame = existing.partitions.length === spec.partitions && existing.isCompacted === (spec.compacted ?? false);
  if (!isSame) throw new Fault('topic_mismatch', { topic: spec.name });
}

function touched(messages: readonly PlacedMessage[]): Iterable<readonly [topic: string, partition: number]> {
  return new Map(messages.map(({ topic, partition }) => [`${partition}:${topic}`, [topic, partition] as const])).values();
}
