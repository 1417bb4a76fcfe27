import { partitionOf } from '@hookyard/event-schemas';
import { Pool } from 'undici';
import { hookyardApi } from '../../dist/api.js';

/** One project in each partition of topic `events`, so that matchers have something to share. */
export function projectsOf(partitions) {
  const found = new Map();
  for (let at = 0; found.size < partitions; at += 1) {
    const id = `bench-${at}`;
    const partition = partitionOf(id, partitions);
    if (!found.has(partition)) found.set(partition, id);
  }
  return [...found.values()];
}

/** Makes the projects, and webhooks spread over them and over the receivers; the event numbered n concerns webhook n modulo their number, and no other. */
export async function prepare({ url, token, projects, webhooks, receivers }) {
  const api = hookyardApi(url, token);
  const require = ({ status, body }) => {
    if (status !== 201) throw new Error(`preparing: ${status} ${JSON.stringify(body)}`);
  };
  for (const id of projects) require(await api.post('/v1/projects', { id }));
  for (let at = 0; at < webhooks; at += 1) {
    const secret = `whsec_${Buffer.alloc(32, `${at}-`).toString('base64')}`;
    const target = `${receivers[at % receivers.length]}/webhook-${at}`;
    require(await api.post(`/v1/projects/${projects[at % projects.length]}/webhooks`, { name: `webhook ${at}`, url: target, eventTypes: [`order.t${at}`], secret }));
  }
}

// With the attributes that are signed and sent around it, a delivery has 1 kB.
const pad = 'x'.repeat(900);

/** `run` makes ids unlike those of other runs on the same servers. */
export const eventOf = (number, { run, webhooks }) => ({ specversion: '1.0', id: `${run}-${number}`, source: '/bench', type: `order.t${number % webhooks}`, data: { number, pad } });

/** The project of the event of this number. */
export const projectOf = (number, { projects, webhooks }) => projects[(number % webhooks) % projects.length];

/** Posts events to a gateway over connections of its own; `post` answers the status and, when told to wait, for how many ms. */
export function producer({ url, token, connections = 32 }) {
  const pool = new Pool(url, { connections, pipelining: 1 });
  return {
    async post(project, body, type) {
      const answer = await pool.request({ method: 'POST', path: `/v1/projects/${project}/events`, body, headers: { authorization: `Bearer ${token}`, 'content-type': type } });
      const text = await answer.body.text();
      return { status: answer.statusCode, text, waitMs: Number(answer.headers['retry-after'] ?? 1) * 1_000 };
    },
    close: () => pool.close(),
  };
}

/** Emits the events from 0 to `count` in batches, several requests at once; resolves when all are accepted. 429 is the gateway's way of saying "slower". */
export async function emitAll({ url, token, count, batch = 250, atOnce = 4, ...workload }) {
  const { post, close } = producer({ url, token, connections: atOnce });
  const batches = batchesOf(count, batch, workload);
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let next = batches.next(); !next.done; next = batches.next()) await accepted(post, next.value);
    }),
  );
  await close();
}

function* batchesOf(count, size, workload) {
  const waiting = new Map();
  for (let number = 0; number < count; number += 1) {
    const project = projectOf(number, workload);
    const events = waiting.get(project) ?? [];
    waiting.set(project, events);
    events.push(eventOf(number, workload));
    if (events.length < size) continue;
    waiting.delete(project);
    yield { project, events };
  }
  for (const [project, events] of waiting) yield { project, events };
}

async function accepted(post, { project, events }) {
  const body = JSON.stringify(events);
  for (;;) {
    const { status, text, waitMs } = await post(project, body, 'application/cloudevents-batch+json');
    if (status === 202) return;
    if (status !== 429) throw new Error(`emitting: ${status} ${text}`);
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}
