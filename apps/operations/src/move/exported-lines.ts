import { isFiller } from '@hookyard/event-schemas';
import type { DueQueue, EventStore, Message, MessageBus, MessagePosition } from '@hookyard/ports';
import { OperationRefused } from '../operation-refused.ts';
import { formatName, formatVersion, type DueLine, type EventLine, type Header, type MessageLine, type PartitionLine, type PositionLine } from './format.ts';
import { fingerprint, movedGroups, movedTopics, type Moved } from './moved.ts';
import { positionsOf } from './stopped.ts';

type Say = (line: string) => void;
const pageSize = 500;

/** All but documents and hashes, a page of it in memory at a time. */
export async function* exportedLines({ engine, settings, masterKey, clock }: Moved, say: Say): AsyncGenerator<Header | EventLine | MessageLine | PartitionLine | PositionLine | DueLine> {
  const key = masterKey === null ? {} : { masterKey: fingerprint(masterKey) };
  yield { kind: 'header', format: formatName, version: formatVersion, exportedAt: clock.now(), engine: settings.engine, partitions: settings.partitions, ...key };
  yield* eventLines(engine.eventStore, say);
  for (const topic of movedTopics) yield* messageLines(engine.bus, topic, say);
  for (const [group, topics] of movedGroups) {
    for (const position of await positionsOf(engine.bus, group, topics)) yield { kind: 'position', group, ...position };
  }
  yield* dueLines(engine.dueQueue, settings.partitions, say);
}

async function* eventLines(store: EventStore, say: Say): AsyncGenerator<EventLine> {
  const revisions = new Map<string, number>();
  let count = 0;
  for (let after = -1; ; ) {
    const events = await store.readAll({ limit: pageSize, ...(after < 0 ? {} : { after }) });
    for (const { stream, revision, id, type, data, metadata, recordedAt } of events) {
      if (revision !== (revisions.get(stream) ?? -1) + 1) throw new OperationRefused(`The stream ${stream} is no longer whole, and its revisions could not be kept: it cannot be moved.`);
      revisions.set(stream, revision);
      yield { kind: 'event', stream, revision, id, type, data, metadata, recordedAt };
    }
    count += events.length;
    const last = events.at(-1);
    if (last === undefined) break;
    after = last.position;
  }
  say(`  streams: ${count} events in ${revisions.size} streams`);
}

async function* messageLines(bus: MessageBus, topic: string, say: Say): AsyncGenerator<MessageLine | PartitionLine> {
  let count = 0;
  for (const { partition, low, high } of await bus.offsets(topic)) {
    for await (const message of messagesOf(bus, { topic, partition, offset: low }, high)) {
      const { offset, key, headers, publishedAt, value } = message;
      yield { kind: 'message', topic, partition, offset, publishedAt, key, headers, value: value === null ? null : value.toString('base64') };
      count += 1;
    }
    yield { kind: 'partition', topic, partition, next: high };
  }
  say(`  topic ${topic}: ${count} messages`);
}

async function* messagesOf(bus: MessageBus, from: MessagePosition, end: number): AsyncGenerator<Message> {
  for (let { offset } = from; offset < end; ) {
    const messages = await bus.read({ ...from, offset }, pageSize);
    yield* messages.filter((message) => !isFiller(message));
    offset = (messages.at(-1)?.offset ?? end - 1) + 1;
  }
}

async function* dueLines(queue: DueQueue, partitions: number, say: Say): AsyncGenerator<DueLine> {
  let count = 0;
  for (let partition = 0; partition < partitions; partition += 1) {
    for (let after: string | undefined, hasMore = true; hasMore; ) {
      const page = await queue.scan(partition, { limit: pageSize, ...(after === undefined ? {} : { after }) });
      for (const item of page.items) yield { kind: 'due', ...item, value: item.value.toString('base64') };
      count += page.items.length;
      hasMore = page.hasMore;
      after = page.items.at(-1)?.id;
    }
  }
  say(`  waiting work: ${count} deliveries`);
}
