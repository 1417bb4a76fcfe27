import { logBus } from '@hookyard/consumer-groups';
import { systemClock, type Clock, type MessageBus } from '@hookyard/ports';
import { memoryLog } from './memory-log.ts';

/** A MessageBus in memory, with the same groups and followers as the embedded engine. Stamps messages by the clock. */
export function memoryMessageBus({ clock = systemClock }: { readonly clock?: Clock } = {}): MessageBus {
  return logBus(memoryLog(clock), clock);
}
