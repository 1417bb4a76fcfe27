/** Real: the book, positions, the bus in memory. Doubled: the due queue's writer, which a test lets go when it likes. */
import { memoryMessageBus } from '@hookyard/adapter-memory';
import { type AttemptRecord, topics } from '@hookyard/event-schemas';
import type { Consumption } from '@hookyard/ports';
import { manualClock } from '@hookyard/ports/testing';
import type { Completion, Deferral, DueWriter } from '../due-writer.ts';
import type { Job } from '../job.ts';
import { type Home, newLane } from '../lanes/lane.ts';
import { Settled } from '../positions/settled.ts';
import { type Entry, outcomeBook } from './outcome-book.ts';

async function scene(overrides: Partial<Job>, retryAt: number | null) {
  const bus = memoryMessageBus({ clock: manualClock() });
  await bus.declare([{ name: topics.attempts, partitions: 1 }]);
  const settled = new Settled({ deliveries: 0, attempts: 0 });
  const home: Home = {
    partition: 0, consumption: {} as Consumption, isOurs: () => true, isHeldBack: false, settled, known: new Map(), lanes: new Map(), readTo: 1, state: 'owned', busy: 0, onQuiet: () => undefined,
  };
  const asked: { put?: Deferral; completed?: Completion; done: () => void }[] = [];
  const writer: DueWriter = {
    put: (put, done) => void asked.push({ put, done }),
    complete: (completed, done) => void asked.push({ completed, done }),
    flush: async () => undefined,
    whenAtMost: async () => undefined,
  };
  const accounted: string[] = [];
  const book = outcomeBook({ bus, dueWriter: writer, clock: manualClock(), onFailure: () => undefined, onAccounted: ({ job }) => accounted.push(job.key) });
  const job: Job = {
    key: 'd1', partition: 0, offset: 0, made: 2, weight: 0, place: settled.begin(0, 1, 0), isQueued: false, stage: 'recording', data: Buffer.from('{}'),
    head: { event: { id: '1', source: '/s', type: 't', project: 'p' }, eventId: 'evt_1', origin: { partition: 0, offset: 0 }, sequence: 1, acceptedAt: 0, matchedAt: 0 },
    order: { id: 'd1', webhookId: 'wh_1', webhookRevision: 0 },
    ...overrides,
  };
  let isDurable = false;
  const entry: Entry = {
    lane: newLane(home, 'wh_1', 8), job, conclusion: { record: { record: 'attempted', status: 'failed' } as AttemptRecord, commands: [], retryAt }, onDurable: () => (isDurable = true),
  };
  book.add(entry);
  await book.whenAtMost(0);
  return { bus, settled, asked, accounted, isDurable: () => isDurable };
}

describe('the outcome book', () => {
  it('settles what has ended as soon as its outcome is published', async () => {
    const { bus, settled, asked, accounted, isDurable } = await scene({}, null);
    const [message] = await bus.read({ topic: topics.attempts, partition: 0, offset: 0 }, 10);
    expect(message).toMatchObject({ key: 'wh_1', headers: { 'hy-work': '0/3/d1' } });
    expect(asked).toEqual([]);
    expect(accounted).toEqual(['d1']);
    expect(isDurable()).toBe(true);
    expect(settled.positions()).toEqual({ deliveries: 1, attempts: 1 });
  });

  it('settles a retry only when the due queue holds it', async () => {
    const { settled, asked, accounted, isDurable } = await scene({}, 5_000);
    expect(isDurable()).toBe(true);
    expect(settled.positions()).toEqual({ deliveries: 0, attempts: 0 });
    expect(accounted).toEqual([]);
    expect(asked).toMatchObject([{ put: { job: { key: 'd1' }, made: 3, dueAt: 5_000 } }]);
    asked[0]?.done();
    expect(settled.positions()).toEqual({ deliveries: 1, attempts: 1 });
    expect(accounted).toEqual(['d1']);
  });

  it('leaves the place in attempts where it is until work that came from the due queue is completed there', async () => {
    const { settled, asked, accounted } = await scene({ isQueued: true }, null);
    expect(settled.positions()).toEqual({ deliveries: 1, attempts: 0 });
    expect(asked).toMatchObject([{ completed: { id: 'd1', partition: 0, revision: 3 } }]);
    asked[0]?.done();
    expect(settled.positions()).toEqual({ deliveries: 1, attempts: 1 });
    expect(accounted).toEqual(['d1']);
  });

  it('leaves it there for a retry too', async () => {
    const { settled, asked } = await scene({ isQueued: true }, 5_000);
    expect(settled.positions().attempts).toBe(0);
    asked[0]?.done();
    expect(settled.positions().attempts).toBe(1);
  });
});
