import type { Clock, Message, TopicPartition } from '@hookyard/ports';
import { keyOf } from './place.ts';
import { pump, type Pump, type PumpOptions } from './pump.ts';
import type { Log } from './log.ts';

export type LogPumpOptions = Pick<PumpOptions<Message>, 'from' | 'limit' | 'handle' | 'isPaused' | 'onFailure' | 'progress'> & {
  /** Most bytes of values in one call of `handle`; a larger message comes alone. */
  readonly maxBytes: number;
};

/** Pumps over the partitions of a log; each is woken when its own partition has grown. */
export interface LogPumps {
  start(at: TopicPartition, options: LogPumpOptions): Pump;
  /** Listens to the log no more. */
  close(): void;
}

export function logPumps(log: Log, clock: Clock): LogPumps {
  const running = new Map<string, Set<Pump>>();

  const endListening = log.onAppend((topic, partition) => {
    for (const each of running.get(keyOf({ topic, partition })) ?? []) each.wake();
  });

  return {
    start(at, { maxBytes, ...options }) {
      const { topic, partition } = at;
      const key = keyOf(at);
      const started = pump<Message>({
        clock,
        end: () => log.high(topic, partition),
        read: (from, limit) => log.read(topic, partition, { from, limit, maxBytes }),
        after: (message) => message.offset + 1,
        ...options,
      });
      const together = running.get(key) ?? new Set();
      running.set(key, together.add(started));
      return {
        ...started,
        async stop() {
          await started.stop();
          together.delete(started);
        },
      };
    },
    close: endListening,
  };
}
