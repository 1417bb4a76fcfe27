import { deliveryId, topics } from '@hookyard/event-schemas';
import { createWorld, partitionOfWebhook, responded, type Instance, type World } from './harness.ts';

let world: World;
const running: Instance[] = [];
beforeEach(async () => (world = await createWorld()));
afterEach(async () => {
  for (const instance of running.splice(0)) await instance.crash();
  await world.engine.close();
});

async function start(...args: Parameters<World['start']>): Promise<Instance> {
  const instance = await world.start(...args);
  running.push(instance);
  return instance;
}

function ended(count: number): boolean {
  return world.records().filter(({ status }) => status !== 'retrying').length >= count;
}

const waiting = (): Promise<number> => world.engine.dueQueue.count([0, 1]);

async function committed(topic: string, partition: number): Promise<number | undefined> {
  return (await world.engine.bus.committed('dispatcher', topic)).get(partition);
}

describe('the dispatcher', () => {
  it('sends a delivery and records what came of it', async () => {
    await world.webhook('wh_0', { secrets: [{ sealed: 'sealed:new' }, { sealed: 'sealed:old', expiresAt: world.clock.now() + 1 }, { sealed: 'sealed:gone', expiresAt: world.clock.now() }] });
    await start();
    const [id] = await world.deliver(1, ['wh_0']);
    await world.run(() => ended(1));
    expect(world.arrivals).toEqual([expect.objectContaining({ webhookId: 'wh_0', deliveryId: id, attempt: 1, body: '{"n": 1}' })]);
    const [record] = world.records();
    expect(record).toMatchObject({
      record: 'attempted', attempt: 1, trigger: 'event', status: 'succeeded', deliveryId: id, webhookId: 'wh_0', webhookRevision: 0, project: 'default',
      eventId: 'evt_1', eventType: 'test.happened', eventSource: '/test', eventSubject: 'thing/1', sourceEventId: '1', origin: { partition: 0, offset: 1 }, sequence: 2,
      outcome: { kind: 'responded', status: 200 },
      request: { method: 'POST', url: 'wh_0', headers: { 'webhook-id': id, secrets: '[redacted]' }, bodyBytes: 8 },
    });
    expect(world.arrivals[0]?.headers).toContainEqual({ name: 'secrets', value: 'new,old', redact: true });
  });

  it("carries the producer's trace on, with a span of its own for each attempt", async () => {
    await world.webhook('wh_0', { schedule: [1_000] });
    world.endpoints.set('wh_0', ({ attempt }) => ({ status: attempt === 1 ? 500 : 200 }));
    await start();
    await world.deliver(1, ['wh_0']);
    await world.run(() => ended(1));
    const traces = world.arrivals.map(({ headers }) => headers.find(({ name }) => name === 'traceparent')?.value);
    expect(traces).toEqual([expect.stringMatching(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/), expect.stringMatching(/^00-0af7651916cd43dd8448eb211c80319c-/)]);
    expect(new Set([...traces, '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01']).size).toBe(3);
  });

  it('tries again when the policy says so, with the same id and body, and keeps the retry in the due queue meanwhile', async () => {
    await world.webhook('wh_0', { schedule: [5_000, 60_000] });
    world.endpoints.set('wh_0', ({ attempt }) => ({ status: attempt < 3 ? 503 : 204 }));
    await start();
    await world.deliver(1, ['wh_0']);
    await world.run(async () => (await waiting()) === 1);
    const firstAt = world.arrivals[0]?.at ?? 0;
    await world.run(() => ended(1), { stepMs: 500 });
    expect(world.arrivals.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(new Set(world.arrivals.map(({ deliveryId: id, body }) => `${id} ${body}`)).size).toBe(1);
    expect((world.arrivals[1]?.at ?? 0) - firstAt).toBeGreaterThanOrEqual(5_000);
    expect((world.arrivals[2]?.at ?? 0) - (world.arrivals[1]?.at ?? 0)).toBeGreaterThanOrEqual(60_000);
    expect(world.records().map(({ status, record }) => [record, status])).toEqual([['attempted', 'retrying'], ['attempted', 'retrying'], ['attempted', 'succeeded']]);
    await world.run(async () => (await waiting()) === 0);
  });

  it('gives a delivery up when its attempts are used up', async () => {
    await world.webhook('wh_0', { schedule: [10] });
    world.endpoints.set('wh_0', () => ({ outcome: { kind: 'timed_out', stage: 'response', afterMs: 5 } }));
    await start();
    await world.deliver(1, ['wh_0']);
    await world.run(() => ended(1));
    expect(world.records().map(({ status }) => status)).toEqual(['retrying', 'failed']);
  });

  it('commits what is settled, and nothing behind what is not', async () => {
    await world.webhook('wh_0');
    await world.webhook('wh_2');
    let answer = (): void => undefined;
    world.endpoints.set('wh_2', () => ({ hold: new Promise((resolve) => (answer = resolve)) }));
    await start({ limits: { concurrency: 16, laneConcurrency: 4, laneMemory: 16, memoryBytes: 10_000_000, patienceMs: 60_000 } });
    await world.deliver(0, ['wh_0']);
    await world.deliver(1, ['wh_2']);
    for (let event = 2; event < 10; event += 1) await world.deliver(event, ['wh_0']);
    await world.run(async () => ended(9) && (await committed(topics.deliveries, 0)) === 1);
    // Eight outcomes lie behind the open delivery: they must be found again after a crash.
    expect(await committed(topics.attempts, 0)).toBe(1);
    answer();
    await world.run(async () => (await committed(topics.deliveries, 0)) === 10 && (await committed(topics.attempts, 0)) === 10);
  });

  it('does not let a request that takes long hold the position back: the due queue makes sure of it', async () => {
    await world.webhook('wh_0');
    let answer = (): void => undefined;
    world.endpoints.set('wh_0', () => ({ hold: new Promise((resolve) => (answer = resolve)) }));
    await start();
    await world.deliver(0, ['wh_0']);
    await world.run(async () => (await committed(topics.deliveries, 0)) === 1);
    expect(await waiting()).toBe(1);
    expect(world.arrivals).toHaveLength(1);
    answer();
    await world.run(async () => ended(1) && (await waiting()) === 0);
    expect(world.arrivals).toHaveLength(1);
  });

  it('sends a fast endpoint its deliveries while others are dead or slow, whatever their backlog', async () => {
    for (const id of ['fast_0', 'dead_0', 'slow_0']) await world.webhook(id);
    world.endpoints.set('dead_0', () => ({ afterMs: 15_000, outcome: { kind: 'timed_out', stage: 'response', afterMs: 15_000 } }));
    world.endpoints.set('slow_0', () => ({ afterMs: 3_000 }));
    await start();
    for (let event = 0; event < 300; event += 1) await world.deliver(event, event % 3 === 0 ? ['fast_0', 'dead_0', 'slow_0'] : ['dead_0', 'slow_0']);
    const before = world.clock.now();
    await world.run(() => world.arrivals.filter(({ webhookId }) => webhookId === 'fast_0').length === 100);
    expect(world.clock.now() - before).toBeLessThan(2_000);
    await world.run(async () => (await committed(topics.deliveries, 0)) === 300);
    expect(world.clock.now() - before).toBeLessThan(10_000);
  });

  it('sends what was parked in its order', async () => {
    await world.webhook('wh_0');
    world.endpoints.set('wh_0', () => ({ afterMs: 20 }));
    await start({ limits: { concurrency: 1, laneConcurrency: 1, laneMemory: 4, memoryBytes: 10_000_000, patienceMs: 1_000 } });
    for (let event = 0; event < 60; event += 1) await world.deliver(event, ['wh_0']);
    await world.run(() => ended(60));
    expect(world.arrivals.map(({ body }) => body)).toEqual(Array.from({ length: 60 }, (_, event) => `{"n": ${event}}`));
    expect(await waiting()).toBe(0);
  });

  it('keeps to its bounds of requests, over all webhooks and for each', async () => {
    for (let n = 0; n < 20; n += 2) await world.webhook(`wh_${n}`);
    const away = new Map<string, number>();
    let most = 0;
    for (let n = 0; n < 20; n += 2) {
      world.endpoints.set(`wh_${n}`, ({ webhookId }) => {
        away.set(webhookId, (away.get(webhookId) ?? 0) + 1);
        most = Math.max(most, ...away.values());
        world.clock.after(30, () => away.set(webhookId, (away.get(webhookId) ?? 0) - 1));
        return { afterMs: 30 };
      });
    }
    await start();
    for (let event = 0; event < 40; event += 1) await world.deliver(event, Array.from({ length: 10 }, (_, n) => `wh_${2 * n}`));
    await world.run(() => ended(400));
    expect(world.mostAway()).toBeLessThanOrEqual(16);
    expect(most).toBeLessThanOrEqual(4);
    expect(world.arrivals).toHaveLength(400);
  });

  it('disables a webhook whose endpoint is gone', async () => {
    await world.webhook('wh_0', { schedule: [5_000] });
    world.endpoints.set('wh_0', () => ({ status: 410 }));
    await start();
    await world.deliver(1, ['wh_0']);
    await world.run(() => ended(1));
    expect(world.records()).toMatchObject([{ status: 'failed', outcome: { status: 410 } }]);
    expect(await world.commands()).toMatchObject([{ type: 'DisableWebhook', reason: 'gone', webhookId: 'wh_0', project: 'default', actor: { kind: 'system', id: 'dispatcher' } }]);
  });

  it.each(['webhook_disabled', 'webhook_deleted'] as const)('cancels all that waits when the reason is %s', async (reason) => {
    await world.webhook('wh_0', { schedule: [3_600_000] });
    await world.webhook('wh_1');
    world.endpoints.set('wh_0', ({ body }) => (body === '{"n": 0}' ? { status: 500 } : { afterMs: 500 }));
    await start();
    await world.deliver(0, ['wh_0']);
    await world.run(async () => (await waiting()) === 1);
    for (let event = 1; event < 200; event += 1) await world.deliver(event, ['wh_0']);
    await world.run(async () => (await waiting()) > 50);
    if (reason === 'webhook_deleted') await world.removeWebhook('wh_0');
    else await world.webhook('wh_0', { revision: 1, status: 'disabled', disabledReason: 'owner' });
    await world.run(() => ended(200));
    const records = world.records();
    const cancelled = records.filter(({ record }) => record === 'cancelled');
    expect(cancelled.length).toBeGreaterThan(100);
    expect(cancelled).toContainEqual(expect.objectContaining({ deliveryId: deliveryId('evt_0', 'wh_0'), attempt: 1, status: 'cancelled', reason }));
    expect(new Set(records.filter(({ status }) => status !== 'retrying').map((record) => record.deliveryId)).size).toBe(200);
    await world.run(async () => (await waiting()) === 0);
    await world.deliver(500, ['wh_0', 'wh_1']);
    await world.run(() => ended(202));
    expect(world.records().filter(({ eventId }) => eventId === 'evt_500').map(({ status }) => status).sort()).toEqual(['cancelled', 'succeeded']);
  });

  it('sends a ping and what was asked for again also to a disabled webhook, once', async () => {
    await world.webhook('wh_0', { status: 'disabled', schedule: [1_000] });
    world.endpoints.set('wh_0', () => ({ status: 500 }));
    await start();
    await world.deliver(1, ['wh_0'], { ping: true });
    await world.deliver(2, ['wh_0'], { redelivery: { requestId: 'r1', requestedBy: 'admin', requestedAt: 0, attemptsBefore: 3 } });
    await world.run(() => ended(2));
    expect(world.records()).toMatchObject([
      { trigger: 'ping', attempt: 1, status: 'failed' },
      { trigger: 'redelivery', attempt: 4, status: 'failed', requestedBy: 'admin' },
    ]);
  });

  it('counts attempts on when a delivery is sent again, and gives it a schedule of its own', async () => {
    await world.webhook('wh_0', { schedule: [1_000] });
    world.endpoints.set('wh_0', ({ attempt }) => ({ status: attempt < 4 ? 500 : 200 }));
    await start();
    await world.deliver(1, ['wh_0']);
    await world.run(() => ended(1));
    await world.deliver(1, ['wh_0'], { redelivery: { requestId: 'r1', requestedBy: 'tok_1', requestedAt: 0, attemptsBefore: 2 } });
    await world.run(() => ended(2));
    const records = world.records();
    expect(records.map((record) => [record.attempt, record.status, record.record === 'attempted' && record.trigger])).toEqual([
      [1, 'retrying', 'event'], [2, 'failed', 'retry'], [3, 'retrying', 'redelivery'], [4, 'succeeded', 'retry'],
    ]);
    expect(new Set(world.arrivals.map((arrival) => `${arrival.deliveryId} ${arrival.body}`)).size).toBe(1);
  });

  it('lets a delivery fail, and nothing else, when its webhook cannot be read', async () => {
    await world.webhook('wh_0', { definition: { url: 'broken' } });
    await world.webhook('wh_2', { dialect: 'of the future' });
    await world.webhook('wh_4');
    await start();
    await world.deliver(1, ['wh_0', 'wh_2', 'wh_4']);
    await world.run(() => ended(3));
    const outcomes = world.records().map((record) => [record.webhookId, record.status, record.record === 'attempted' && record.outcome.kind]);
    expect(outcomes.sort()).toEqual([['wh_0', 'failed', 'not_sent'], ['wh_2', 'failed', 'not_sent'], ['wh_4', 'succeeded', 'responded']]);
  });

  it('puts a message that is none of deliveries aside as a dead letter and goes on', async () => {
    await world.webhook('wh_0');
    await start();
    await world.engine.bus.publish([{ topic: topics.deliveries, partition: 0, key: 'x', value: Buffer.from('{}') }]);
    await world.deliver(1, ['wh_0']);
    await world.run(async () => ended(1) && (await committed(topics.deliveries, 0)) === 2);
    const [letters] = await world.engine.bus.offsets(topics.deadLetters);
    const all = await world.engine.bus.offsets(topics.deadLetters);
    expect(letters).toBeDefined();
    expect(all.reduce((sum, { high }) => sum + high, 0)).toBe(1);
  });

  it('waits for the revision of the webhook that matched', async () => {
    await start();
    await world.settle();
    await world.webhook('wh_0', { revision: 3 });
    await world.deliver(1, ['wh_0'], { webhookRevision: 3 });
    await world.run(() => ended(1));
    expect(world.records()).toMatchObject([{ status: 'succeeded', webhookRevision: 3 }]);
  });

  it('sends a delivery that comes twice once', async () => {
    await world.webhook('wh_0');
    world.endpoints.set('wh_0', () => ({ afterMs: 100 }));
    await start();
    await world.deliver(1, ['wh_0']);
    await world.deliver(1, ['wh_0']);
    await world.run(async () => (await committed(topics.deliveries, 0)) === 2);
    expect(world.arrivals).toHaveLength(1);
  });

  it('goes on when outcomes cannot be published and the due queue cannot be written for a while', async () => {
    await world.webhook('wh_0', { schedule: [100] });
    world.endpoints.set('wh_0', ({ attempt }) => ({ status: attempt === 1 ? 500 : 200 }));
    let failures = 6;
    const failing = <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) => async (...args: Args): Promise<Result> => {
      failures -= 1;
      if (failures >= 0) throw new Error('not now');
      return call(...args);
    };
    const { bus, dueQueue } = world.engine;
    await start({ bus: { ...bus, publish: failing(bus.publish) }, due: { ...dueQueue, put: failing(dueQueue.put), load: failing(dueQueue.load) } });
    for (let event = 0; event < 10; event += 1) await world.deliver(event, ['wh_0']);
    await world.run(() => ended(10));
    expect(world.arrivals).toHaveLength(20);
    await world.run(async () => (await committed(topics.deliveries, 0)) === 10 && (await waiting()) === 0);
  });

  it('does not mind a clock that jumps', async () => {
    await world.webhook('wh_0', { schedule: [60_000] });
    world.endpoints.set('wh_0', ({ attempt, body }) => ({ afterMs: 5, status: attempt === 1 && body === '{"n": 0}' ? 500 : 200 }));
    let shift = 0;
    await start({ clock: { ...world.clock, now: () => world.clock.now() + shift } });
    for (let event = 0; event < 50; event += 1) await world.deliver(event, ['wh_0']);
    await world.run(() => world.arrivals.length > 5);
    shift = -3_600_000;
    await world.run(() => ended(49));
    shift = 3_600_000;
    await world.run(() => ended(50), { stepMs: 1_000, steps: 200 });
    expect(new Set(world.arrivals.map(({ body }) => body)).size).toBe(50);
  });

  it('sets no timer while nothing is to be done', async () => {
    await world.webhook('wh_0');
    await start();
    await world.deliver(1, ['wh_0']);
    await world.run(() => ended(1));
    await world.run(() => world.clock.timers() === 0, { stepMs: 100, steps: 20 });
  });

  it('lets requests on their way end when it stops, and commits', async () => {
    await world.webhook('wh_0');
    let answer = (): void => undefined;
    world.endpoints.set('wh_0', () => ({ hold: new Promise((resolve) => (answer = resolve)) }));
    const instance = await start();
    await world.deliver(1, ['wh_0']);
    await world.run(() => world.arrivals.length === 1);
    const stopped = instance.stop();
    await world.settle();
    await world.deliver(2, ['wh_0']);
    answer();
    await stopped;
    expect(world.records()).toMatchObject([{ status: 'succeeded' }]);
    expect(await committed(topics.deliveries, partitionOfWebhook('wh_0'))).toBe(1);
    expect(world.arrivals).toHaveLength(1);
  });

  it('does not wait longer than its bound for them; they are sent again after the start', async () => {
    await world.webhook('wh_0');
    let isFirst = true;
    world.endpoints.set('wh_0', () => {
      const hold = isFirst ? new Promise<void>(() => undefined) : Promise.resolve();
      isFirst = false;
      return { hold, outcome: responded(200) };
    });
    const instance = await start();
    await world.deliver(1, ['wh_0']);
    await world.run(() => world.arrivals.length === 1);
    let isStopped = false;
    void instance.stop().then(() => (isStopped = true));
    await world.run(() => isStopped);
    await start();
    await world.run(() => ended(1));
    expect(world.arrivals.map(({ deliveryId: id, attempt, body }) => [id, attempt, body])).toEqual([
      [deliveryId('evt_1', 'wh_0'), 1, '{"n": 1}'],
      [deliveryId('evt_1', 'wh_0'), 1, '{"n": 1}'],
    ]);
  });
});
