/**
 * The main job on real input: five webhooks, one event of each of the five systems, a receiver that verifies every
 * signature, and the delivery log afterwards. Ends with 0 only when every delivery was verified.
 * Talks to the Hookyard that runs here already (`npm start`), or starts one of its own for the time of the demo.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { hookyardApi, type Api } from '../api.ts';
import { startReceiver, type Received } from '../receiver.ts';
import { until } from '../until.ts';
import { demoEvents } from './events.ts';
import { startHost } from './host.ts';
import { heading, say, showDeliveries, showRequest } from './print.ts';

const project = '/v1/projects/default';
const flaky = demoEvents[2]?.type;

const { url, token, stop } = await target();
const secrets = new Map<string, string>();
const verified = new Set<string>();
const receiver = await startReceiver((request, count) => judge(request, count));
const webhooks: string[] = [];
let complete = false;
try {
  const api = hookyardApi(url, token);
  // A cluster that has just begun may answer before its first project is there.
  await until('the project', async () => (await api.get(project)).status === 200, 30_000);
  await createWebhooks(api);
  const emitted = await emitEvents(api);
  heading('What the receiver saw');
  await until('a verified delivery of every event', () => verified.size === emitted.length, 30_000);
  const deliveries = await until('the delivery log to show every success', () => succeeded(api, emitted), 15_000);
  heading('The delivery log, as the API reports it');
  showDeliveries(deliveries);
  complete = true;
  say(`\nEvery delivery was verified: ${verified.size} of ${emitted.length}.`);
} catch (error) {
  say(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`);
} finally {
  const api = hookyardApi(url, token);
  for (const id of webhooks) await api.delete(`${project}/webhooks/${id}`).catch(() => undefined);
  await receiver.stop();
  await stop();
}
process.exitCode = complete ? 0 : 1;

async function target(): Promise<{ url: string; token: string; stop: () => Promise<unknown> }> {
  const running = process.env['HOOKYARD_URL'] ?? 'http://127.0.0.1:8080';
  const folder = process.env['HOOKYARD_DATA_FOLDER'] ?? join(import.meta.dirname, '../../../data');
  const token = process.env['HOOKYARD_ADMIN_TOKEN'] ?? (await readFile(join(folder, 'admin-token'), 'utf8').catch(() => ''));
  const answer = await hookyardApi(running, token.trim()).get('/v1/projects').catch(() => null);
  if (answer?.status === 200) {
    say(`Using the Hookyard at ${running}.`);
    return { url: running, token: token.trim(), stop: async () => undefined };
  }
  say(`No Hookyard of this checkout answers at ${running}: starting one for the time of the demo.`);
  const host = await startHost();
  return { url: host.url, token: host.adminToken, stop: host.stop };
}

async function createWebhooks(api: Api): Promise<void> {
  heading('Five webhooks');
  for (const event of demoEvents) {
    const secret = `whsec_${randomBytes(32).toString('base64')}`;
    const path = `/${event.system.toLowerCase().replaceAll(' ', '-')}`;
    secrets.set(path, secret);
    const created = await api.post<{ id: string }>(`${project}/webhooks`, {
      name: `demo ${event.system}`,
      url: `${receiver.url}${path}`,
      eventTypes: [event.type],
      secret,
      retryScheduleMs: [500, 500, 1000, 2000],
    });
    if (created.status !== 201) throw new Error(`creating a webhook: ${created.status} ${JSON.stringify(created.body)}`);
    webhooks.push(created.body.id);
    say(`  ${created.body.id}  ${event.type} → ${path}${event.type === flaky ? '   (its receiver will fail twice first)' : ''}`);
  }
}

async function emitEvents(api: Api): Promise<string[]> {
  heading('One event of each system');
  const run = randomBytes(4).toString('hex');
  const events = demoEvents.map(({ type, source, subject, data }, index) => ({
    specversion: '1.0',
    id: `demo-${run}-${index + 1}`,
    source,
    type,
    subject,
    datacontenttype: 'application/json',
    data,
  }));
  const answer = await api.post<{ accepted: { eventId: string }[] }>(`${project}/events`, events, { 'content-type': 'application/cloudevents-batch+json' });
  if (answer.status !== 202) throw new Error(`emitting: ${answer.status} ${JSON.stringify(answer.body)}`);
  for (const event of events) say(`  ${event.id}  ${event.type}`);
  return answer.body.accepted.map((accepted) => accepted.eventId);
}

/** The receiver: verifies with the published library, then answers; the flaky one turns the first two requests away. */
function judge(request: Received, count: number): { status: number } {
  const secret = secrets.get(request.path);
  const valid = secret !== undefined && isSignedWith(secret, request);
  const turnedAway = request.path === '/ubiops' && count <= 2;
  showRequest(request, { valid, status: turnedAway ? 503 : 204 });
  if (valid && !turnedAway) verified.add(request.headers['webhook-id'] ?? '');
  return { status: turnedAway ? 503 : valid ? 204 : 401 };
}

function isSignedWith(secret: string, request: Received): boolean {
  try {
    new Webhook(secret).verify(request.body, { ...request.headers });
    return true;
  } catch {
    return false;
  }
}

type Delivery = { readonly status: string; readonly eventId: string; readonly eventType: string; readonly attempts: number; readonly sequence: number; readonly id: string };

async function succeeded(api: Api, events: readonly string[]): Promise<Delivery[] | false> {
  const { body } = await api.get<{ items: Delivery[] }>(`${project}/deliveries?limit=100`);
  const ours = body.items.filter((delivery) => events.includes(delivery.eventId) && verified.has(delivery.id));
  return ours.length === events.length && ours.every((delivery) => delivery.status === 'succeeded') && ours;
}
