import { startReceiver, type Receiver } from '../src/receiver.ts';
import { batched, dataFolder, hookyardApi, instances, newEvent, newProject, newSecret, start as startHost, until, withPatience, type Host } from './harness.ts';

const events = 500;
const endpoints = 4;
const concurrency = 64;

describe('a host that is killed in the middle of 2,000 deliveries', () => {
  let folder: Awaited<ReturnType<typeof dataFolder>>;
  let receivers: Receiver[];
  let host: Host | undefined;
  beforeAll(async () => {
    folder = await dataFolder();
    // Slow enough that many are in flight at any instant, fast enough that the run stays short.
    receivers = await Promise.all(Array.from({ length: endpoints }, () => startReceiver(() => ({ status: 204, afterMs: 5 }))));
  });
  afterAll(async () => {
    await host?.stop();
    await Promise.all(receivers.map((receiver) => receiver.stop()));
    await folder.remove();
  });

  const start = () => startHost({ dataFolder: folder.path, settings: { HOOKYARD_LOG_LEVEL: 'warn', HOOKYARD_DISPATCHER_CONCURRENCY: String(concurrency) } });
  const arrived = () => receivers.reduce((sum, receiver) => sum + receiver.received.length, 0);

  it('loses none, repeats at most what was in flight, and keeps sequences and bytes', async () => {
    host = await start();
    const api = hookyardApi(host.url, host.adminToken);
    const project = await newProject(api);
    for (const [index, receiver] of receivers.entries()) {
      const created = await api.post(`${project}/webhooks`, { name: `endpoint ${index}`, url: receiver.url, eventTypes: ['*'], secret: newSecret() });
      expect(created.status).toBe(201);
    }
    for (let batch = 0; batch < 5; batch += 1) {
      const accepted = await api.post(`${project}/events`, Array.from({ length: events / 5 }, () => newEvent()), batched);
      expect(accepted.status).toBe(202);
    }
    await until('a third of the deliveries', () => arrived() >= (events * endpoints) / 3);
    await host.kill();
    const beforeRestart = arrived();
    expect(beforeRestart).toBeLessThan(events * endpoints);

    host = await start();
    const restarted = hookyardApi(host.url, host.adminToken);
    await until('every delivery to be recorded as succeeded', () => everySuccessIsRecorded(restarted, project), withPatience(60_000));

    const repeats = arrived() - events * endpoints;
    expect(repeats).toBeGreaterThanOrEqual(0);
    expect(repeats).toBeLessThanOrEqual(instances * concurrency);
    for (const receiver of receivers) expectComplete(receiver);
  }, withPatience(120_000));
});

async function everySuccessIsRecorded(api: ReturnType<typeof hookyardApi>, project: string): Promise<boolean> {
  let cursor = '';
  let succeeded = 0;
  do {
    const { body } = await api.get(`${project}/deliveries?limit=100&status=succeeded${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`);
    succeeded += body.items.length;
    cursor = body.cursor ?? '';
  } while (cursor !== '');
  return succeeded === events * endpoints;
}

/** Every event once or, where it was in flight, twice: always under one id, with one body and one sequence, in the order of the events. */
function expectComplete(receiver: Receiver): void {
  const byNumber = new Map<number, { id: string; body: string; sequence: number }>();
  for (const request of receiver.received) {
    const body = request.body.toString();
    const seen = { id: request.headers['webhook-id'] ?? '', body, sequence: Number(request.headers['webhook-sequence']) };
    const { number } = (JSON.parse(body) as { data: { number: number } }).data;
    expect(byNumber.get(number) ?? seen).toEqual(seen);
    byNumber.set(number, seen);
  }
  expect(byNumber.size).toBe(events);
  const inEventOrder = [...byNumber].sort(([one], [other]) => one - other).map(([, { sequence }]) => sequence);
  for (const [index, sequence] of inEventOrder.entries()) if (index > 0) expect(sequence).toBeGreaterThan(inEventOrder[index - 1] ?? Infinity);
}
