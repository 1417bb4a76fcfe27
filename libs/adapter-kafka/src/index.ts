import type { MessageBus, Watched } from '@hookyard/ports';
import { openBus } from './kafka-bus.ts';
import type { KafkaBusOptions } from './options.ts';

export type { KafkaBusOptions } from './options.ts';

/** The cluster engine's message bus. Refused with `unavailable` when no server could be reached within `startTimeoutMs`. */
export async function openKafkaBus(options: KafkaBusOptions): Promise<MessageBus & Watched> {
  const { abandon: _, ...bus } = await openBus(options);
  return bus;
}
