/** The topics that the services share. Names and partition counts are fixed for the life of an installation. */
export const topics = {
  /** Domain events: CloudEvents Kafka binding, keyed and partitioned by project. Retained. */
  events: 'events',
  /** The current state of every webhook: compacted, keyed by webhook id, in the partition of its project. */
  webhooks: 'webhooks',
  /** Projects, tokens (hashed) and event types: compacted, in the partition of their project. */
  projects: 'projects',
  /** What to send: one message per event and partition, partitioned by webhook. */
  deliveries: 'deliveries',
  /** What came of it: same partitions as `deliveries`. */
  attempts: 'attempts',
  /** Carries nothing: the instance of subscriptions that owns its partition is the one that shows what the streams say. */
  projectors: 'projectors',
  /** Requests to the services that decide, keyed by what they concern. */
  commands: 'commands',
  /** Answers to commands; every asker reads all and keeps its own. */
  replies: 'replies',
  /** Messages that could not be handled, with the reason, as they came. */
  deadLetters: 'dead-letters',
} as const;

export type TopicName = (typeof topics)[keyof typeof topics];
