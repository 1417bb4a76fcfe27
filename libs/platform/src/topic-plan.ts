import { topics } from '@hookyard/event-schemas';
import type { TopicSpec } from '@hookyard/ports';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Every topic there is, as it is declared at each start. */
export function topicPlan({ partitions, retentionDays }: { readonly partitions: number; readonly retentionDays: number }): readonly TopicSpec[] {
  const retentionMs = retentionDays * dayMs;
  return [
    { name: topics.events, partitions, retentionMs },
    { name: topics.webhooks, partitions, compacted: true },
    { name: topics.projects, partitions, compacted: true },
    { name: topics.deliveries, partitions, retentionMs },
    { name: topics.attempts, partitions, retentionMs },
    { name: topics.commands, partitions, retentionMs: 7 * dayMs },
    { name: topics.projectors, partitions: 1, retentionMs: dayMs },
    { name: topics.replies, partitions: 1, retentionMs: hourMs },
    { name: topics.deadLetters, partitions: 1, retentionMs: 3 * retentionMs },
  ];
}
