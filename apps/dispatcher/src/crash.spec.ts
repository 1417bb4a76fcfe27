import { deliveryId, topics } from '@hookyard/event-schemas';
import { createWorld, type Instance, type Spark, type World } from './harness.ts';

const events = 72;
const webhooks = ['fast_0', 'slow_0', 'dead_0', 'flaky_1'];
const concurrency = 16;
// Little memory and little patience: much is parked, and much that is away is made sure of.
const limits = { concurrency, laneConcurrency: 4, laneMemory: 16, memoryBytes: 10_000_000, patienceMs: 100 };

/** The same numbers for the same seed: mulberry32, public domain, Tommy Ettinger. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe.each(Array.from({ length: 6 }, (_, index) => index + 1))('a dispatcher that crashes at any instant (seed %i)', (seed) => {
  it('loses nothing, and sends again only what was in flight', async () => {
    const world = await createWorld();
    const random = dice(seed);
    try {
      await prepare(world, random);
      verify(world, await runWithCrashes(world, random));
    } finally {
      await world.engine.close();
    }
  });
});

async function prepare(world: World, random: () => number): Promise<void> {
  for (const id of webhooks) await world.webhook(id, { schedule: id === 'fast_0' ? [] : [300, 1_000] });
  const lasts = (ms: number): number => Math.ceil(random() * ms);
  world.endpoints.set('fast_0', () => ({ afterMs: lasts(5) }));
  world.endpoints.set('slow_0', () => ({ afterMs: 100 + lasts(400) }));
  world.endpoints.set('dead_0', () => ({ afterMs: 2_500, outcome: { kind: 'timed_out', stage: 'response', afterMs: 2_500 } }));
  world.endpoints.set('flaky_1', () => ({ afterMs: lasts(60), status: random() < 0.5 ? 500 : 200 }));
  for (let event = 0; event < events; event += 1) await world.deliver(event, event % 12 === 0 ? webhooks : ['fast_0', 'slow_0', 'flaky_1']);
}

const expected = webhooks.flatMap((webhookId) =>
  Array.from({ length: events }, (_, event) => event)
    .filter((event) => webhookId !== 'dead_0' || event % 12 === 0)
    .map((event) => deliveryId(`evt_${event}`, webhookId)),
);

const nameOf = (made: { readonly deliveryId: string; readonly attempt: number }): string => `${made.deliveryId} ${made.attempt}`;

/** Answers the attempts that were in flight at each crash: begun, and no outcome of them in `attempts`. */
async function runWithCrashes(world: World, random: () => number): Promise<readonly ReadonlySet<string>[]> {
  const inFlight: ReadonlySet<string>[] = [];
  const wanted = 2 + Math.floor(random() * 4);
  for (let crash = 0; crash < wanted; crash += 1) {
    // Few effects make up a run: outcomes and changes are written in groups.
    let effects = 1 + Math.floor(random() * 60);
    const when = random() < 0.5 ? ('before' as const) : ('after' as const);
    const spark: Spark = () => ((effects -= 1) === 0 ? when : null);
    const before = world.arrivals.length;
    const instance: Instance = await world.start({ spark, limits });
    await world.run(() => instance.hasCrashed() || allEnded(world), { stepMs: 20 });
    await instance.crash();
    await world.settle();
    const recorded = new Set(world.records().map(nameOf));
    inFlight.push(new Set(world.arrivals.slice(before).map(nameOf).filter((name) => !recorded.has(name))));
  }
  const last = await world.start({ limits });
  await world.run(() => allEnded(world), { stepMs: 20 });
  await world.run(async () => (await world.engine.dueQueue.count([0, 1])) === 0);
  await world.run(() => isCommitted(world));
  await last.crash();
  return inFlight;
}

function endings(world: World): ReadonlySet<string> {
  return new Set(world.records().filter(({ status }) => status !== 'retrying').map((record) => record.deliveryId));
}

const allEnded = (world: World): boolean => world.records().length >= expected.length && endings(world).size === expected.length;

async function isCommitted(world: World): Promise<boolean> {
  const { bus } = world.engine;
  for (const topic of [topics.deliveries, topics.attempts]) {
    const positions = await bus.committed('dispatcher', topic);
    if ((await bus.offsets(topic)).some(({ partition, high }) => (positions.get(partition) ?? 0) < high)) return false;
  }
  return true;
}

function verify(world: World, inFlight: readonly ReadonlySet<string>[]): void {
  expect([...endings(world)].sort()).toEqual([...expected].sort());
  const dueAt = new Map(world.records().map((record) => [nameOf(record), record.record === 'attempted' ? (record.nextAttemptAt ?? Infinity) : Infinity]));
  const bodies = new Map<string, string>();
  const times = new Map<string, number>();
  for (const arrival of world.arrivals) {
    const { deliveryId: id, attempt, body, at } = arrival;
    times.set(nameOf(arrival), (times.get(nameOf(arrival)) ?? 0) + 1);
    expect(bodies.get(id) ?? body).toBe(body);
    bodies.set(id, body);
    if (attempt > 1) expect(at).toBeGreaterThanOrEqual(dueAt.get(nameOf({ deliveryId: id, attempt: attempt - 1 })) ?? Infinity);
  }
  for (const id of expected) expect(bodies.has(id)).toBe(true);
  for (const [name, count] of times) expect(count).toBeLessThanOrEqual(1 + inFlight.filter((names) => names.has(name)).length);
  for (const names of inFlight) expect(names.size).toBeLessThanOrEqual(concurrency);
}
