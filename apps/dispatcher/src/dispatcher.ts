import type { AnyDialect } from '@hookyard/dialect';
import { topics } from '@hookyard/event-schemas';
import type { Batch, Clock, Consumption, DueQueue, Message, MessageBus, TopicPartition } from '@hookyard/ports';
import { deadLetter, type Log } from '@hookyard/runtime';
import type { SecretBox } from '@hookyard/signing';
import { createAttempts } from './attempts/attempt.ts';
import { createCommits } from './positions/commits.ts';
import { dueWriter } from './due-writer.ts';
import { type Job, jobsOf } from './job.ts';
import type { Home } from './lanes/lane.ts';
import type { LaneLimits } from './lanes/lane-stock.ts';
import { createLanes } from './lanes/lanes.ts';
import type { Meter } from './meter.ts';
import type { Sender } from './net/sender.ts';
import { outcomeBook } from './attempts/outcome-book.ts';
import { recover } from './positions/recovery.ts';
import { webhookTable, type WebhookTable } from './webhook-table.ts';

export type DispatcherOptions = {
  readonly bus: MessageBus;
  readonly due: DueQueue;
  readonly clock: Clock;
  readonly box: Pick<SecretBox, 'open'>;
  readonly sender: Sender;
  readonly dialects: readonly AnyDialect[];
  readonly limits: LaneLimits;
  /** How long requests on their way may take to end when partitions are taken away or the service stops. */
  readonly drainMs: number;
  readonly random: () => number;
  readonly meter: Meter;
  readonly log: Log;
};

type Assignment = { readonly partitions: readonly TopicPartition[]; readonly consumption: Consumption };

/** Sends deliveries: see the design's promises 2 (nothing is lost), 3 (few repeats) and 5 (isolation). */
export type Dispatcher = {
  /** Takes deliveries in; resolves when they are in a lane or on their way to the due queue. Commits nothing itself. */
  handle(batch: Batch): Promise<void>;
  /** Recovers the partitions; resolves when they may be consumed. */
  assigned(assignment: Assignment): Promise<void>;
  /** Begins nothing new, lets what is on its way end (within bounds), commits, and gives the partitions up. */
  revoked(assignment: Assignment): Promise<void>;
  /** After the transport has drained. */
  close(): Promise<void>;
};

/** The consumer group, also the name under which positions are kept. */
const group = 'dispatcher';

// What may wait to be written before intake waits for it.
const mostUnwrittenBytes = 8 * 1024 * 1024;
const mostUnwrittenOutcomes = 5_000;
const longestWaitMs = 1_000;

const countEveryMs = 10_000;

// With all slots busy, reading on mostly moves work from one log into another: intake slows down to this pace.
const messagesBetweenPauses = 100;
const pauseMs = 5;
const mostPauses = 20;

// Putting work into the due queue has its price: as long as an open message holds back no more than this, it may do so for longer.
const calmWindow = 2_000;
const calm = 5;

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { bus, due, clock, sender, limits, drainMs, meter, log } = options;
  const homes = new Map<number, Home>();
  let table: Promise<WebhookTable> | undefined;
  let knownTable: WebhookTable | undefined;
  let countedAt = -Infinity;

  const get = (webhookId: string) => knownTable?.get(webhookId);
  const attempts = createAttempts({ ...options, table: { get } });
  const writer = dueWriter({ due, clock, onFailure: (error) => log.error({ err: error }, 'the due queue could not be written; it is tried again') });
  const book = outcomeBook({
    bus, dueWriter: writer, clock,
    onFailure: (error) => log.error({ err: error }, 'outcomes could not be published; it is tried again'),
    onAccounted: (entry) => {
      lanes.accounted(entry);
      commits.mark();
    },
  });
  const lanes = createLanes({
    clock, due, dueWriter: writer, limits, meter,
    attempt: attempts.attempt,
    fate: attempts.fate,
    cancellation: attempts.cancel,
    isClosed: (webhookId) => get(webhookId)?.record.status !== 'enabled',
    record: (entry) => book.add(entry),
    onFailure: (error) => log.error({ err: error }, 'waiting work could not be loaded; it is tried again'),
  });
  const commits = createCommits({
    clock,
    homes: () => homes.values(),
    onTick,
    onFailure: (error) => log.error({ err: error }, 'positions could not be committed; it is tried again'),
  });

  function onTick(): void {
    const now = clock.now();
    for (const home of homes.values()) {
      const { settled, state } = home;
      const heldMs = now - (settled.oldest()?.since ?? now);
      const isTooLong = heldMs >= limits.patienceMs * (settled.window > calmWindow ? 1 : calm);
      if (isTooLong && state === 'owned') lanes.parkLate(home, now - limits.patienceMs);
    }
    meter.inFlight(lanes.inFlight());
    if (now - countedAt < countEveryMs) return;
    countedAt = now;
    due.count([...homes.keys()]).then(meter.waiting, (error: unknown) => log.warn({ err: error }, 'waiting work could not be counted'));
  }

  function openTable(): Promise<WebhookTable> {
    table ??= webhookTable({ ...options, onChange: (webhookId) => lanes.webhookChanged(homes.values(), webhookId) }).then(
      (opened) => (knownTable = opened),
      (error: unknown) => {
        table = undefined;
        throw error;
      },
    );
    return table;
  }

  async function read(message: Message): Promise<readonly Job[]> {
    try {
      return jobsOf(message);
    } catch (error) {
      log.error({ err: error, offset: message.offset }, 'a message of deliveries cannot be read; it is put aside as a dead letter');
      await bus.publish([deadLetter(message, group, error instanceof Error ? error.message : String(error))]);
      return [];
    }
  }

  function takeIn(home: Home, offset: number, jobs: readonly Job[]): void {
    const place = home.settled.begin(offset, jobs.length, clock.now());
    home.readTo = offset + 1;
    for (const job of jobs) {
      job.place = place;
      lanes.admit(home, job);
    }
  }

  /** Bounded, so that whoever stands behind in the partition gets a lane and with it a fair share of the slots. */
  async function whileSaturated(): Promise<void> {
    for (let pauses = 0; lanes.isSaturated() && pauses < mostPauses; pauses += 1) {
      await new Promise<void>((resolve) => void clock.after(pauseMs, resolve));
    }
  }

  /** Waiting for ever would hold up a stop; a rejection brings the batch again, and shows that something is stuck. */
  async function inTime(room: Promise<unknown>): Promise<void> {
    let cancel = (): void => undefined;
    const late = new Promise<never>((_, reject) => {
      cancel = clock.after(longestWaitMs, () => reject(new Error('what was taken in before could not be written yet; intake waits for it')));
    });
    await Promise.race([room, late]).finally(cancel);
  }

  async function drain(leaving: readonly Home[]): Promise<void> {
    const quiet = leaving.map((home) => new Promise<void>((resolve) => (home.busy === 0 ? resolve() : (home.onQuiet = resolve))));
    const ended = Promise.all(quiet).then(() => writer.flush());
    let cancel = (): void => undefined;
    const late = new Promise<void>((resolve) => (cancel = clock.after(drainMs, resolve)));
    await Promise.race([ended, late]);
    cancel();
  }

  return {
    async handle({ partition, messages }) {
      const home = homes.get(partition);
      if (home === undefined) throw new Error(`partition ${partition} of ${topics.deliveries} was never assigned`);
      await inTime(Promise.all([writer.whenAtMost(mostUnwrittenBytes), book.whenAtMost(mostUnwrittenOutcomes), commits.whenRoom(home)]));
      // A batch may come again after a failure further down.
      const fresh = messages.filter(({ offset }) => offset >= home.readTo);
      const taken = await Promise.all(fresh.map(async (message) => ({ offset: message.offset, jobs: await read(message) })));
      await (await openTable()).whenSeen(taken.flatMap(({ jobs }) => jobs.map(({ order }) => ({ webhookId: order.webhookId, revision: order.webhookRevision }))));
      for (const [index, { offset, jobs }] of taken.entries()) {
        if (index % messagesBetweenPauses === 0) await whileSaturated();
        if (home.state !== 'owned') return;
        takeIn(home, offset, jobs);
      }
      commits.mark();
    },
    async assigned({ partitions, consumption }) {
      await openTable();
      const recovered = await Promise.all(partitions.map(async ({ partition }) => [partition, await recover(bus, due, group, partition)] as const));
      for (const [partition, { settled, known, readTo, lanes: waiting }] of recovered) {
        const isOurs = (): boolean => consumption.owns({ topic: topics.deliveries, partition });
        const home: Home = { partition, consumption, isOurs, settled, known, readTo, lanes: new Map(), state: 'owned', isHeldBack: false, busy: 0, onQuiet: () => undefined };
        homes.set(partition, home);
        lanes.open(home, waiting);
      }
    },
    async revoked({ partitions }) {
      const leaving = partitions.flatMap(({ partition }) => homes.get(partition) ?? []);
      for (const home of leaving) {
        home.state = 'leaving';
        lanes.leave(home);
      }
      await drain(leaving);
      await commits.now(leaving).catch((error: unknown) => log.warn({ err: error }, 'positions could not be committed on leaving; what they cover is found out again'));
      for (const home of leaving) {
        home.state = 'gone';
        lanes.forget(home);
        homes.delete(home.partition);
      }
    },
    async close() {
      lanes.stop();
      commits.stop();
      await sender.close();
      await (await table?.catch(() => undefined))?.stop();
    },
  };
}
