/** Real: the lanes, their loading and the due queue's port, in memory. Doubled: the attempt, the writing down of outcomes, time. */
import { memoryDueQueue } from '@hookyard/adapter-memory';
import type { DueItem } from '@hookyard/ports';
import { manualClock, until } from '@hookyard/ports/testing';
import type { Consumption } from '@hookyard/ports';
import { dueWriter } from '../due-writer.ts';
import { dueItem, type Job, jobOfItem } from '../job.ts';
import type { Home } from './lane.ts';
import { createLanes } from './lanes.ts';
import type { Lanes } from './lanes.types.ts';
import { noMeter } from '../meter.ts';
import type { Entry } from '../attempts/outcome-book.ts';
import { Settled } from '../positions/settled.ts';

function job(key: string, overrides: Partial<Job> = {}): Job {
  return {
    key, partition: 0, offset: 0, made: 0, weight: 100, place: null, isQueued: false, stage: 'waiting', data: Buffer.from('{}'),
    head: {
      event: { id: '1', source: '/s', type: 't', project: 'default' }, eventId: 'evt_1', origin: { partition: 0, offset: 0 }, sequence: 1, acceptedAt: 0, matchedAt: 0,
    },
    order: { id: key, webhookId: 'wh_1', webhookRevision: 0 },
    ...overrides,
  };
}

function scene() {
  const clock = manualClock();
  const due = memoryDueQueue();
  const loads: number[] = [];
  const fail = { load: false };
  const attempted: string[] = [];
  const entries: Entry[] = [];
  const owner = { isUs: true };
  const home: Home = {
    partition: 0, consumption: {} as Consumption, isOurs: () => owner.isUs, isHeldBack: false, settled: new Settled({ deliveries: 0, attempts: 0 }), known: new Map(), lanes: new Map(), readTo: 0, state: 'owned', busy: 0,
    onQuiet: () => undefined,
  };
  const lanes: Lanes = createLanes({
    clock,
    due: {
      ...due,
      load(options) {
        loads.push(options.limit);
        return fail.load ? Promise.reject(new Error('out of order')) : due.load(options);
      },
    },
    dueWriter: dueWriter({ due, clock, onFailure: () => undefined }),
    limits: { concurrency: 4, laneConcurrency: 4, laneMemory: 8, memoryBytes: 10_000, patienceMs: 1_000 },
    attempt: async ({ key }) => {
      attempted.push(key);
      return {
        sent: { outcome: { kind: 'responded', status: 200, headers: {}, body: '', bodyEncoding: 'utf8', bodyTruncated: false }, durationMs: 1 },
        conclusion: { record: {} as never, commands: [], retryAt: null },
      };
    },
    fate: () => null,
    isClosed: () => false,
    cancellation: () => ({ record: {} as never, commands: [], retryAt: null }),
    record: (entry) => entries.push(entry),
    meter: noMeter,
    onFailure: () => undefined,
  });
  /** Writes down what has ended. */
  async function account(): Promise<void> {
    for (const entry of entries.splice(0)) {
      await due.complete([{ id: entry.job.key, partition: 0, revision: entry.job.made + 1 }]);
      entry.onDurable();
      lanes.accounted(entry);
    }
  }
  return { clock, due, loads, fail, attempted, entries, home, lanes, account, owner };
}

const parked = (key: string, dueAt: number, offset = 0): DueItem => dueItem(job(key, { offset }), 0, dueAt);

describe('lanes', () => {
  it('pass over a delivery that is read again when the due queue gave it already, even after it has ended', async () => {
    const { due, home, lanes, attempted, account, entries } = scene();
    await due.put([parked('d1', 0, 5)]);
    lanes.open(home, [{ lane: 'wh_1', nextDueAt: 0, waiting: 1 }]);
    await until(() => entries.length === 1);
    await account();
    expect(home.lanes.size).toBe(0);
    const place = home.settled.begin(5, 1, 0);
    lanes.admit(home, job('d1', { offset: 5, place }));
    expect(home.settled.positions().deliveries).toBe(6);
    expect(attempted).toEqual(['d1']);
  });

  it('park what does not fit, and settle it when the due queue holds it', async () => {
    const { due, home, lanes, attempted } = scene();
    for (let n = 0; n < 20; n += 1) {
      const place = home.settled.begin(n, 1, 0);
      lanes.admit(home, job(`d${n}`, { offset: n, place }));
    }
    await until(async () => (await due.count([0])) === 12);
    await until(() => home.settled.positions().deliveries === 0);
    expect(attempted.length).toBeLessThanOrEqual(4);
  });

  it('take parked work back in order until nothing is left', async () => {
    const { due, home, lanes, attempted, account } = scene();
    const keys = Array.from({ length: 50 }, (_, n) => `d${String(n).padStart(2, '0')}`);
    await due.put(keys.map((key, n) => parked(key, n)));
    lanes.open(home, [{ lane: 'wh_1', nextDueAt: 0, waiting: 50 }]);
    await until(async () => {
      await account();
      return attempted.length === 50 && (await due.count([0])) === 0;
    });
    expect(attempted).toEqual(keys);
    expect(home.lanes.size).toBe(0);
  });

  it('begin nothing while another dispatcher may own the partition, and go on when it turns out to be theirs', async () => {
    const { clock, home, lanes, attempted, owner } = scene();
    owner.isUs = false;
    lanes.admit(home, job('d1', { place: home.settled.begin(0, 1, 0) }));
    clock.advance(1_000);
    expect(attempted).toEqual([]);
    owner.isUs = true;
    clock.advance(1_000);
    expect(attempted).toEqual(['d1']);
  });

  it('wake when the next one falls due, and not before', async () => {
    const { clock, due, home, lanes, attempted, account, loads } = scene();
    const now = clock.now();
    await due.put([parked('soon', now + 1_000), parked('later', now + 5_000)]);
    lanes.open(home, [{ lane: 'wh_1', nextDueAt: now + 1_000, waiting: 2 }]);
    clock.advance(999);
    expect(loads).toHaveLength(0);
    clock.advance(1);
    await until(() => attempted.length === 1);
    await account();
    clock.advance(3_999);
    expect(attempted).toEqual(['soon']);
    clock.advance(1);
    await until(() => attempted.length === 2);
    expect(attempted).toEqual(['soon', 'later']);
  });

  it('hold no more in memory than the bound, over all webhooks', async () => {
    const { due, home, lanes } = scene();
    for (let n = 0; n < 30; n += 1) {
      const place = home.settled.begin(n, 1, 0);
      lanes.admit(home, job(`d${n}`, { offset: n, place, weight: 1_000, order: { id: `d${n}`, webhookId: `wh_${n}`, webhookRevision: 0 } }));
    }
    await until(async () => (await due.count([0])) === 20);
  });

  it('load no more into memory than the bound, over all webhooks, and come to everything in the end', async () => {
    const { due, home, lanes, attempted, account } = scene();
    const webhooks = Array.from({ length: 30 }, (_, n) => `wh_${n}`);
    const data = Buffer.alloc(1_500, 'x');
    for (const webhookId of webhooks) {
      await due.put([0, 1, 2, 3].map((n) => dueItem(job(`${webhookId}-${n}`, { data, order: { id: `${webhookId}-${n}`, webhookId, webhookRevision: 0 } }), 0, n)));
    }
    const held = (): number => [...home.lanes.values()].flatMap(({ inHand }) => [...inHand.values()]).reduce((sum, { weight }) => sum + weight, 0);
    lanes.open(home, webhooks.map((lane) => ({ lane, nextDueAt: 0, waiting: 4 })));
    let most = 0;
    await until(async () => {
      most = Math.max(most, held());
      await account();
      return attempted.length === 120 && (await due.count([0])) === 0;
    });
    // The bound, and one delivery that there was no whole room for.
    expect(most).toBeGreaterThan(5_000);
    expect(most).toBeLessThanOrEqual(10_000 + 3_500);
    expect(home.lanes.size).toBe(0);
  });

  it('wait before they load again when loading failed', async () => {
    const { clock, due, home, lanes, loads, attempted, fail } = scene();
    fail.load = true;
    await due.put([parked('d1', 0)]);
    lanes.open(home, [{ lane: 'wh_1', nextDueAt: 0, waiting: 1 }]);
    await until(() => clock.timers() > 0);
    fail.load = false;
    for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
    expect([loads.length, attempted]).toEqual([1, []]);
    clock.advance(1_000);
    await until(() => attempted.length === 1);
  });

  it('carry everything over that sending needs', () => {
    const whole = job('d1', { offset: 7, made: 2, data: Buffer.from('{ "as":  "it came" }'), order: { id: 'd1', webhookId: 'wh_1', webhookRevision: 3, ping: true } });
    const again = jobOfItem(dueItem(whole, 3, 99));
    expect(again).toMatchObject({ key: 'd1', partition: 0, offset: 7, made: 3, head: whole.head, order: whole.order, isQueued: true, place: null });
    expect(again.data.toString()).toBe('{ "as":  "it came" }');
  });
});
