import { withinBytes, type Page } from '@hookyard/consumer-groups';
import type { Message } from '@hookyard/ports';

/** The newest messages of every partition, in memory, so that whoever reads near the head of the log costs no disk access. */
export interface Tail {
  /** Takes the newest message of a channel; offsets of a channel must follow one another without a gap. */
  add(channel: number, message: Message): void;
  /** Undefined when the tail does not reach back so far. */
  read(channel: number, page: Page): readonly Message[] | undefined;
}

type ChannelTail = { messages: Message[]; dropped: number };

// An object, its strings and headers, roughly.
const bytesOfMessage = 400;
const poolBytes = 8192;

/** Holds at most about `maxBytes`: the oldest of all channels go first. */
export function tail(maxBytes: number): Tail {
  const channels = new Map<number, ChannelTail>();
  let order: ChannelTail[] = [];
  let orderDropped = 0;
  let bytes = 0;

  function drop(): void {
    const oldest = order[orderDropped++];
    const message = oldest?.messages[oldest.dropped++];
    if (oldest === undefined || message === undefined) return;
    bytes -= sizeOf(message);
    // Cutting off the front of an array moves the rest: done only when half of it is gone.
    if (oldest.dropped * 2 > oldest.messages.length) {
      oldest.messages = oldest.messages.slice(oldest.dropped);
      oldest.dropped = 0;
    }
    if (orderDropped * 2 > order.length) {
      order = order.slice(orderDropped);
      orderDropped = 0;
    }
  }

  return {
    add(channel, message) {
      const known = channels.get(channel) ?? { messages: [], dropped: 0 };
      channels.set(channel, known);
      known.messages.push(withOwnBytes(message));
      order.push(known);
      bytes += sizeOf(message);
      while (bytes > maxBytes) drop();
    },
    read(channel, { from, limit, maxBytes }) {
      const known = channels.get(channel);
      const first = known?.messages[known.dropped];
      if (known === undefined || first === undefined || from < first.offset) return undefined;
      const start = known.dropped + from - first.offset;
      return withinBytes(known.messages.slice(start, start + limit), maxBytes);
    },
  };
}

function sizeOf({ value, key }: Message): number {
  return bytesOfMessage + key.length + (value?.length ?? 0);
}

/** A small value cut from a large buffer would keep all of that in memory. */
function withOwnBytes(message: Message): Message {
  const { value } = message;
  if (value === null || value.buffer.byteLength <= Math.max(poolBytes, 2 * value.length)) return message;
  const own = Buffer.allocUnsafeSlow(value.length);
  value.copy(own);
  return { ...message, value: own };
}
