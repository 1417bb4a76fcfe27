import type { Groups, KafkaContext } from '../context.ts';
import { consumption, type GroupConsumption } from './consumption.ts';
import { groupProgress } from './group-progress.ts';

const counters = ['rebalances', 'lostSessions', 'joinFailures', 'commits', 'transactions', 'fenced', 'inDoubt'];

/** Consumer groups on Kafka: each consumption is a member of its group, whatever process it runs in. */
export function groups(context: KafkaContext): Groups {
  const progress = groupProgress(context);
  const running = new Set<GroupConsumption>();
  for (const counter of counters) context.wire.health.count(counter, 0);

  return {
    async join(options) {
      await Promise.all(options.topics.map(context.topics.partitions));
      context.wire.requireOpen();
      const joined: GroupConsumption = consumption(context, options, { progress, onStop: () => running.delete(joined) });
      running.add(joined);
      return joined;
    },
    ...progress,
    async close() {
      await Promise.all([...running].map((each) => each.stop()));
    },
    abandon() {
      for (const each of [...running]) each.abandon();
    },
  };
}
