import { type Clock, type Message, type MessageBus, systemClock } from '@hookyard/ports';
import type { Log } from '../ops/log.ts';
import { followTirelessly, type TirelessFollower } from './tireless-follower.ts';

/** A table in memory, kept up to date from a compacted topic. */
export type TableFollower = TirelessFollower;

/** Told of every record as it is published, `null` when its key is removed. In order per key; a key may repeat. */
export type OnChange<Row> = (key: string, row: Row | null, message: Message) => void;

export type FollowTableOptions = { readonly log?: Log; readonly clock?: Clock };

/**
 * Follows a compacted topic of JSON records from its beginning. Resolves when following has begun; wait for `caughtUp()`
 * before relying on the table. A message that is no JSON is logged and passed over. Resumes by itself when following breaks.
 */
export function followTable<Row>(
  bus: MessageBus,
  topic: string,
  onChange: OnChange<Row>,
  { log, clock = systemClock }: FollowTableOptions = {},
): Promise<TableFollower> {
  function handle(message: Message): void {
    const row = message.value === null ? null : parse<Row>(message.value);
    if (row === undefined) log?.error({ topic, key: message.key, offset: message.offset }, 'a record is no JSON; it is passed over');
    else onChange(message.key, row, message);
  }
  return followTirelessly(bus, { topic, from: 'beginning', handle, clock, log });
}

function parse<Row>(value: Buffer): Row | undefined {
  try {
    return JSON.parse(value.toString('utf8')) as Row;
  } catch {
    return undefined;
  }
}
