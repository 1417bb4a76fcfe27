import { filler } from '@hookyard/event-schemas';
import type { MessageBus, OutgoingMessage } from '@hookyard/ports';
import { OperationRefused } from '../operation-refused.ts';
import type { MessageLine, PartitionLine } from './format.ts';

/** Puts messages where they stood, offset by offset. What stands there already, of an earlier time that was cut off, is passed over. */
export interface PlaceMessages {
  /** In offset order within each partition. */
  messages(lines: readonly MessageLine[]): Promise<void>;
  /** The partition is at its end: from there on it goes as it would have gone on. */
  end(line: PartitionLine): Promise<void>;
}

const fillersAtOnce = 1_000;

export async function placeMessages(bus: MessageBus, topics: readonly string[]): Promise<PlaceMessages> {
  const partitions = new Map<string, Partition>();
  for (const topic of topics) {
    for (const { partition, high } of await bus.offsets(topic)) partitions.set(`${topic} ${partition}`, { topic, partition, next: high, publishedAt: 0 });
  }

  function find({ topic, partition }: Place): Partition {
    const found = partitions.get(`${topic} ${partition}`);
    if (found === undefined) throw new OperationRefused(`There is no partition ${partition} of the topic ${topic} here.`);
    return found;
  }

  /** What nobody reads takes up offsets that hold nothing any more, or never did; as old as what stands before it. */
  async function fill(place: Partition, end: number): Promise<void> {
    while (place.next < end) {
      const { topic, partition, publishedAt } = place;
      const count = Math.min(end - place.next, fillersAtOnce);
      await publish(place, Array.from({ length: count }, () => ({ topic, partition, publishedAt, ...filler })));
    }
  }

  async function publish(place: Partition, messages: readonly OutgoingMessage[]): Promise<void> {
    const positions = await bus.publish(messages);
    const wrong = positions.find(({ offset }, at) => offset !== place.next + at);
    if (wrong !== undefined) {
      throw new OperationRefused(
        `A message of ${place.topic}/${place.partition} got the offset ${wrong.offset} and not its own: somebody else writes there, or an answer was lost. Empty the target and begin again.`,
      );
    }
    place.next += messages.length;
  }

  async function put(place: Partition, lines: readonly MessageLine[]): Promise<void> {
    let run: OutgoingMessage[] = [];
    let next = place.next;
    for (const line of lines.filter(({ offset }) => offset >= place.next)) {
      if (line.offset > next) {
        await publish(place, run);
        await fill(place, line.offset);
        run = [];
      }
      run.push(outgoing(line));
      next = line.offset + 1;
      place.publishedAt = line.publishedAt;
    }
    await publish(place, run);
  }

  return {
    async messages(lines) {
      for (const own of byPartition(lines)) await put(find(own[0] as MessageLine), own);
    },
    end: (line) => fill(find(line), line.next),
  };
}

type Place = { readonly topic: string; readonly partition: number };
type Partition = Place & { next: number; publishedAt: number };

function outgoing({ topic, partition, key, headers, publishedAt, value }: MessageLine): OutgoingMessage {
  return { topic, partition, key, headers, publishedAt, value: value === null ? null : Buffer.from(value, 'base64') };
}

function byPartition(lines: readonly MessageLine[]): Iterable<readonly MessageLine[]> {
  const groups = new Map<string, MessageLine[]>();
  for (const line of lines) {
    const key = `${line.topic} ${line.partition}`;
    const own = groups.get(key);
    if (own === undefined) groups.set(key, [line]);
    else own.push(line);
  }
  return groups.values();
}
