import type { Clock, ConsumeOptions, Consumption, Lag, MessagePosition } from '@hookyard/ports';
import type { Wire } from './connection/wire.ts';
import type { KafkaBusOptions } from './options.ts';
import type { Offsets } from './topics/offsets.ts';
import type { Topics } from './topics/topics.ts';

/** What the parts of the bus share. */
export type KafkaContext = {
  readonly wire: Wire;
  readonly topics: Topics;
  readonly offsets: Offsets;
  readonly clock: Clock;
  readonly options: KafkaBusOptions;
  /** Told what an operator should know, in a sentence. */
  readonly warn: (warning: string) => void;
};

/** The bus's part for consumer groups. */
export interface Groups {
  join(options: ConsumeOptions): Promise<Consumption>;
  committed(group: string, topic: string): Promise<ReadonlyMap<number, number>>;
  lag(group: string, topic: string): Promise<readonly Lag[]>;
  seek(group: string, positions: readonly MessagePosition[]): Promise<void>;
  /** Stops every consumption. */
  close(): Promise<void>;
  /** Ends every consumption at once without a word to the servers, as a crash would. */
  abandon(): void;
}
