import { startReceiver, type Received, type Receiver } from '../src/receiver.ts';
import { batched, dataFolder, hookyardApi, instances, newEvent, newProject, newSecret, start as startHost, until, withPatience, type Api, type Host } from './harness.ts';

const concurrency = 32;
// Nothing listens there.
const nobody = 'http://127.0.0.1:1/';
const statuses = ['pending', 'retrying', 'succeeded', 'failed', 'cancelled'] as const;

type Folder = Awaited<ReturnType<typeof dataFolder>>;

describe('a pipeline of good and bad endpoints', () => {
  let folder: Folder;
  let receivers: Receiver[];
  let host: Host;
  let api: Api;
  let project: string;
  beforeEach(async () => {
    folder = await dataFolder();
    receivers = [];
    await start();
    project = await newProject(api);
  });
  afterEach(async () => {
    await host.stop();
    await Promise.all(receivers.map((receiver) => receiver.stop()));
    await folder.remove();
  });

  async function start(): Promise<void> {
    host = await startHost({ dataFolder: folder.path, settings: { HOOKYARD_LOG_LEVEL: 'warn', HOOKYARD_DISPATCHER_CONCURRENCY: String(concurrency) } });
    api = hookyardApi(host.url, host.adminToken);
  }

  async function receiver(answer?: Parameters<typeof startReceiver>[0]): Promise<Receiver> {
    const started = await startReceiver(answer);
    receivers.push(started);
    return started;
  }

  async function webhook(url: string, fields: Record<string, unknown> = {}): Promise<string> {
    const created = await api.post(`${project}/webhooks`, { name: 'one', url, eventTypes: ['*'], secret: newSecret(), ...fields });
    expect(created.status).toBe(201);
    return created.body.id as string;
  }

  async function emit(count: number, type = 'order.placed'): Promise<readonly string[]> {
    const { status, body } = await api.post(`${project}/events`, Array.from({ length: count }, () => newEvent({ type })), batched);
    expect(status).toBe(202);
    return body.accepted.map(({ eventId }: { eventId: string }) => eventId);
  }

  /** By status, of the whole project or of what the query asks for: what the API lists, page by page. */
  async function counts(query = ''): Promise<Record<(typeof statuses)[number], number>> {
    const listed = await Promise.all(statuses.map(async (status) => [status, (await deliveries(`status=${status}${query}`)).length] as const));
    return Object.fromEntries(listed) as Record<(typeof statuses)[number], number>;
  }

  async function deliveries(query: string): Promise<readonly Record<string, unknown>[]> {
    const found: Record<string, unknown>[] = [];
    for (let cursor = ''; ; ) {
      const { body } = await api.get(`${project}/deliveries?limit=100&${query}${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`);
      found.push(...body.items);
      if (body.cursor === undefined) return found;
      cursor = body.cursor;
    }
  }

  async function isOver(): Promise<boolean> {
    const waiting = await Promise.all(['pending', 'retrying'].map((status) => api.get(`${project}/deliveries?limit=1&status=${status}`)));
    return waiting.every(({ body }) => body.items.length === 0);
  }

  it('ends every delivery once though it is killed three times, beside a dead, a slow and a flapping endpoint', async () => {
    const kills = 3;
    const retryScheduleMs = [200, 400, 800, 1_600, 3_200];
    const good = await receiver(() => ({ status: 204, afterMs: 5 }));
    const slow = await receiver(() => ({ status: 204, afterMs: 500 }));
    const flapping = await receiver(failingFirst(2));
    const sound = [await webhook(`${good.url}/a`), await webhook(`${good.url}/b`), await webhook(flapping.url, { retryScheduleMs })];
    await webhook(slow.url, { eventTypes: ['order.slow'] });
    const dead = await webhook(nobody, { retryScheduleMs: [200, 400] });

    const events: string[] = [];
    for (let kill = 0; kill < kills; kill += 1) {
      const before = good.received.length;
      events.push(...(await emit(100)), ...(await emit(4, 'order.slow')), ...(await emit(100)));
      await until('some of them to arrive', () => good.received.length >= before + 40 * (kill + 1));
      await host.kill();
      await start();
    }
    await until('every delivery to end', async () => (await isOver()) && (await deliveries('')).length === events.length * 4 + kills * 4, withPatience(60_000));

    expect(await counts(`&webhook=${dead}`)).toMatchObject({ failed: events.length, succeeded: 0, cancelled: 0 });
    for (const one of sound) expect(await counts(`&webhook=${one}`)).toMatchObject({ succeeded: events.length, failed: 0, cancelled: 0 });
    const arrived = groups([...good.received, ...flapping.received, ...slow.received]);
    expect(arrived.size).toBe(events.length * 3 + kills * 4);
    for (const same of arrived.values()) expect(new Set(same.map(({ body }) => body.toString())).size).toBe(1);
    // Only the endpoint that always says yes: what it gets a second time is a repeat.
    expect(good.received.length - groups(good.received).size).toBeLessThanOrEqual(kills * instances * concurrency);

    const sequences = new Map((await deliveries(`webhook=${dead}`)).map(({ eventId, sequence }) => [eventId, Number(sequence)]));
    const inOrder = events.map((event) => sequences.get(event) ?? -1);
    expect(inOrder).toEqual([...inOrder].sort((one, other) => one - other));
    expect(new Set(inOrder).size).toBe(events.length);
  }, withPatience(120_000));

  it('repeats nothing when it is asked to stop under load, and goes on where it was', async () => {
    const good = await receiver(() => ({ status: 204, afterMs: 20 }));
    const second = await receiver(failingFirst(1));
    await webhook(good.url);
    await webhook(second.url, { retryScheduleMs: [600, 600] });
    for (let batch = 0; batch < 3; batch += 1) await emit(100);
    await until('a part of them to arrive', () => good.received.length >= 60);

    const asked = Date.now();
    expect(await host.stop()).toBe(0);
    expect(Date.now() - asked).toBeLessThan(10_000);
    expect(good.received.length).toBeLessThan(300);
    await start();
    await until('every delivery to be recorded', async () => (await isOver()) && (await counts()).succeeded === 600, withPatience(30_000));
    expect(good.received).toHaveLength(300);
    expect(second.received).toHaveLength(600);
  }, withPatience(60_000));

  it('applies a change, a disabling and a deletion to all that waits', async () => {
    const sick = await receiver(() => ({ status: 503 }));
    const healthy = await receiver();
    const retryScheduleMs = [2_000, 2_000, 2_000, 2_000];
    const ids = await Promise.all(['changed', 'disabled', 'deleted'].map((name) => webhook(`${sick.url}/${name}`, { retryScheduleMs })));
    const [changed, disabled, deleted] = ids as [string, string, string];
    await emit(500);
    await until('the first attempts', () => sick.received.length >= 100);

    expect((await api.patch(`${project}/webhooks/${changed}`, { url: healthy.url })).status).toBe(200);
    expect((await api.patch(`${project}/webhooks/${disabled}`, { enabled: false })).status).toBe(200);
    expect((await api.delete(`${project}/webhooks/${deleted}`)).status).toBe(204);
    await until('everything to end', async () => (await isOver()) && (await deliveries('')).length === 1_500, withPatience(30_000));
    expect(await counts(`&webhook=${changed}`)).toMatchObject({ succeeded: 500 });
    expect(groups(healthy.received).size).toBe(500);
    for (const closed of [disabled, deleted]) expect(await counts(`&webhook=${closed}`)).toMatchObject({ cancelled: 500 });
  }, withPatience(60_000));
});

const keyOf = ({ path, headers }: Received): string => `${path} ${headers['webhook-id']}`;

/** Refuses each delivery so many times. */
function failingFirst(times: number): (request: Received) => { readonly status: number } {
  const requests = new Map<string, number>();
  return (request) => {
    const count = (requests.get(keyOf(request)) ?? 0) + 1;
    requests.set(keyOf(request), count);
    return { status: count <= times ? 503 : 204 };
  };
}

function groups(requests: readonly Received[]): ReadonlyMap<string, readonly Received[]> {
  const groups = new Map<string, Received[]>();
  for (const request of requests) groups.set(keyOf(request), [...(groups.get(keyOf(request)) ?? []), request]);
  return groups;
}
