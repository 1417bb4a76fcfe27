import type { Clock } from '@hookyard/ports';
import type { DueWriter } from '../due-writer.ts';
import type { Job } from '../job.ts';
import type { Lane } from './lane.ts';
import { settle } from '../attempts/outcome-book.ts';

export type Parking = {
  /** Puts a delivery that is not in hand into the due queue, to be taken back in its turn. */
  park(lane: Lane, job: Job): void;
  /** Puts one that is away there too, so that its message need not wait for it. Should it end before that is done, it is completed after. */
  makeSureOf(lane: Lane, job: Job): void;
};

type Options = {
  readonly clock: Clock;
  readonly dueWriter: DueWriter;
  readonly onParked: () => void;
  /** The due queue has it, and the lane may take it back. */
  readonly onDurable: (lane: Lane) => void;
};

export function parking({ clock, dueWriter, onParked, onDurable }: Options): Parking {
  /** In the order of events: a delivery is due since it was matched. */
  const dueSince = ({ head }: Job): number => Math.min(clock.now(), head.matchedAt);

  return {
    park(lane, job) {
      const dueAt = dueSince(job);
      lane.parking += 1;
      lane.hasBacklog = true;
      lane.parkedUntil = Math.max(lane.parkedUntil, dueAt);
      onParked();
      dueWriter.put({ job, made: job.made, dueAt }, () => {
        lane.parking -= 1;
        lane.hasBacklog = true;
        lane.hasChanged = true;
        settle(lane, job);
        onDurable(lane);
      });
    },
    makeSureOf(lane, job) {
      job.isQueued = true;
      dueWriter.put({ job, made: job.made, dueAt: dueSince(job) }, () => settle(lane, job));
    },
  };
}
