import { type AttemptRecord, topics } from '@hookyard/event-schemas';
import type { DueLane, DueQueue, Message, MessageBus } from '@hookyard/ports';
import type { Completion } from '../due-writer.ts';
import { dueItem, jobOfItem, parseWorkDone, type WorkDone, workHeader } from '../job.ts';
import { type Positions, Settled } from './settled.ts';

/** What is known of a delivery that will be read from `deliveries` again. */
export type Known =
  | { readonly state: 'ended' }
  /** The due queue has it. */
  | { readonly state: 'queued' }
  | { readonly state: 'retrying'; readonly made: number; readonly nextAttemptAt: number };

export type Recovered = {
  readonly settled: Settled;
  readonly known: Map<string, Known>;
  readonly readTo: number;
  /** What waits in the due queue, by lane. */
  readonly lanes: readonly DueLane[];
};

type Retrying = { readonly made: number; readonly nextAttemptAt: number };

const page = 1_000;

// Items hold their events whole: so many are in memory together, at most.
const fewItems = 8;

/**
 * Finds out where the last owner of a partition stood. Reads `attempts` from the committed place to the end; brings the due queue
 * in line with it (ended: completed; retrying: at its next time); remembers what will be read again from `deliveries`, so that only
 * what was in flight is sent again.
 */
export async function recover(bus: MessageBus, due: DueQueue, group: string, partition: number): Promise<Recovered> {
  const [start, records] = await recordsSince(bus, group, partition);
  const settled = new Settled(start.positions);
  const known = new Map<string, Known>();
  const retrying = new Map<string, Retrying>();
  const completed: Completion[] = [];

  for (const { offset, work, record } of records) {
    if (record.status === 'retrying') {
      const nextAttemptAt = record.nextAttemptAt ?? record.startedAt;
      retrying.set(work.key, { made: work.made, nextAttemptAt });
      known.set(work.key, { state: 'retrying', made: work.made, nextAttemptAt });
    } else {
      retrying.delete(work.key);
      completed.push({ id: work.key, partition, revision: work.made });
      known.set(work.key, { state: 'ended' });
    }
    if (work.offset < start.positions.deliveries) known.delete(work.key);
    else settled.recorded(offset, work.offset, true);
  }
  settled.recordedUpTo(start.attemptsEnd);
  for (let at = 0; at < completed.length; at += page) await due.complete(completed.slice(at, at + page));
  await reschedule(due, partition, retrying);
  return { settled, known, readTo: start.positions.deliveries, lanes: await lanesOf(due, partition) };
}

type Done = { readonly offset: number; readonly work: WorkDone; readonly record: AttemptRecord };
type Start = { readonly positions: Positions; readonly attemptsEnd: number };

async function recordsSince(bus: MessageBus, group: string, partition: number): Promise<readonly [Start, readonly Done[]]> {
  const [deliveries, attempts, ends] = await Promise.all([
    bus.committed(group, topics.deliveries),
    bus.committed(group, topics.attempts),
    bus.offsets(topics.attempts),
  ]);
  const from = attempts.get(partition) ?? 0;
  const end = ends.find((one) => one.partition === partition)?.high ?? 0;
  const records: Done[] = [];
  for (let next = from; next < end; ) {
    const messages = await bus.read({ topic: topics.attempts, partition, offset: next }, page);
    const last = messages.at(-1);
    if (last === undefined) break;
    for (const message of messages) {
      const done = doneOf(message);
      if (done !== null) records.push(done);
    }
    next = last.offset + 1;
  }
  return [{ positions: { deliveries: deliveries.get(partition) ?? 0, attempts: from }, attemptsEnd: end }, records];
}

function doneOf(message: Message): Done | null {
  const work = parseWorkDone(message.headers[workHeader]);
  if (work === null || message.value === null) return null;
  return { offset: message.offset, work, record: JSON.parse(message.value.toString('utf8')) as AttemptRecord };
}

/** A retry whose outcome was published and did not reach the due queue: its item, if it came from there, still stands at an earlier time. */
async function reschedule(due: DueQueue, partition: number, retrying: ReadonlyMap<string, Retrying>): Promise<void> {
  const all = [...retrying].map(([id, { made }]) => ({ id, partition, revision: made }));
  for (let at = 0; at < all.length; at += fewItems) {
    const late = await due.older(all.slice(at, at + fewItems));
    const moved = late.flatMap((item) => {
      const known = retrying.get(item.id);
      return known === undefined ? [] : [dueItem(jobOfItem(item), known.made, known.nextAttemptAt)];
    });
    if (moved.length > 0) await due.put(moved);
  }
}

async function lanesOf(due: DueQueue, partition: number): Promise<readonly DueLane[]> {
  const lanes: DueLane[] = [];
  for (let after: string | undefined; ; after = lanes.at(-1)?.lane) {
    const some = await due.lanes(partition, after === undefined ? { limit: page } : { after, limit: page });
    lanes.push(...some);
    if (some.length < page) return lanes;
  }
}
