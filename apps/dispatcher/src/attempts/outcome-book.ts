import { type AttemptRecord, topics } from '@hookyard/event-schemas';
import type { Clock, MessageBus, OutgoingMessage } from '@hookyard/ports';
import type { DueWriter } from '../due-writer.ts';
import { grouped } from '../grouped.ts';
import { type Job, workDone, workHeader } from '../job.ts';
import type { Lane } from '../lanes/lane.ts';

/** What is to be written down of a delivery. */
export type Conclusion = {
  readonly record: AttemptRecord;
  /** Commands that the outcome leads to. */
  readonly commands: readonly OutgoingMessage[];
  /** When to try again; null: the delivery has ended. */
  readonly retryAt: number | null;
};

export type Entry = {
  readonly lane: Lane;
  readonly job: Job;
  readonly conclusion: Conclusion;
  /** Called when the outcome is durable, or nobody's business any more. */
  readonly onDurable: () => void;
};

/** Writes outcomes down: first into `attempts`, then, where it is concerned, into the due queue. */
export type OutcomeBook = {
  add(entry: Entry): void;
  whenAtMost(most: number): Promise<void>;
};

export type OutcomeBookOptions = {
  readonly bus: MessageBus;
  readonly dueWriter: DueWriter;
  readonly clock: Clock;
  readonly onFailure: (error: unknown) => void;
  /** The outcome is published and the due queue shows it. */
  readonly onAccounted: (entry: Entry) => void;
};

const mostAtOnce = 500;

export function outcomeBook({ bus, dueWriter, clock, onFailure, onAccounted }: OutcomeBookOptions): OutcomeBook {
  async function publish(group: readonly Entry[]): Promise<void> {
    const ours = group.filter(({ lane }) => lane.home.state !== 'gone');
    // Commands first, so that the records' positions are the last ones answered.
    const commands = ours.flatMap(({ conclusion }) => conclusion.commands);
    const positions = ours.length === 0 ? [] : await bus.publish([...commands, ...ours.map(message)]);
    ours.forEach((entry, index) => reflect(entry, positions[commands.length + index]?.offset ?? 0));
    for (const { onDurable } of group) onDurable();
  }

  /** A retry is settled when the due queue holds it, everything else when it is published. */
  function reflect(entry: Entry, offset: number): void {
    const { lane, job, conclusion } = entry;
    const { settled } = lane.home;
    if (conclusion.retryAt !== null) {
      const record = settled.recorded(offset, job.offset, false);
      dueWriter.put({ job, made: job.made + 1, dueAt: conclusion.retryAt }, () => {
        settled.reflect(record);
        settle(lane, job);
        onAccounted(entry);
      });
      return;
    }
    settle(lane, job);
    const record = settled.recorded(offset, job.offset, !job.isQueued);
    if (!job.isQueued) return onAccounted(entry);
    dueWriter.complete({ id: job.key, partition: job.partition, revision: job.made + 1 }, () => {
      settled.reflect(record);
      onAccounted(entry);
    });
  }

  const entries = grouped<Entry>({ work: publish, mostAtOnce, clock, onFailure });
  return { add: (entry) => entries.add(entry), whenAtMost: (most) => entries.whenAtMost(most) };
}

/** Its message does not wait for this delivery any more. */
export function settle(lane: Lane, job: Job): void {
  if (job.place === null) return;
  lane.home.settled.settle(job.place);
  job.place = null;
}

function message({ job, conclusion: { record } }: Entry): OutgoingMessage {
  return {
    topic: topics.attempts,
    partition: job.partition,
    key: job.order.webhookId,
    value: Buffer.from(JSON.stringify(record)),
    headers: { [workHeader]: workDone(job, record) },
  };
}
