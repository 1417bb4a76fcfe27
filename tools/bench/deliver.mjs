/**
 * How many deliveries a second does the standalone host make, from the intake's 202 to the last arrival, and what does each cost?
 * 20,000 events of 1 kB in batches of 500, two deliveries of each: spread over 100 webhooks, and as a burst on only two.
 * Baseline just before each case: the bare sender (undici's Pool.dispatch) posting as many bytes to the same receiver.
 * The receiver and the producer are processes of their own; everything shares this machine's cores.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Pool } from 'undici';
import { startHost } from '../dist/demo/host.js';
import { hookyardApi } from '../dist/api.js';
import { printTable, rounded } from './lib/table.mjs';

const events = Number(process.argv[2] ?? 20_000);
const perEvent = 2;
const batch = 500;
const inFlight = 256;
const cases = [
  { name: '100 webhooks', webhooks: 100 },
  { name: '2 webhooks', webhooks: 2 },
];

if (process.argv[2] === 'receiver') await receive();
else await bench();

async function bench() {
  const receiver = fork(import.meta.filename, ['receiver']);
  const [{ url }] = await once(receiver, 'message');
  const rows = [];
  try {
    for (const { name, webhooks } of cases) {
      const bare = await measureBare(url, receiver);
      const whole = await measureHost(webhooks, url, receiver);
      const row = (what, { rate, cpu }, kept = '') => [`${name}: ${what}`, rounded(rate), (rate / bare.rate).toFixed(2), cpu === undefined ? '' : rounded(cpu), kept];
      rows.push(row('bare Pool.dispatch', bare));
      rows.push(row('events accepted (202)', { rate: whole.accepted }));
      rows.push(row('delivered', { rate: whole.delivered }));
      rows.push(row('delivered and recorded', { rate: whole.recorded, cpu: whole.cpu }, rounded(whole.kept)));
    }
  } finally {
    receiver.kill();
  }
  printTable(['', 'a second', 'ratio', 'µs of CPU each', 'bytes kept each'], rows);
}

async function measureBare(url, receiver) {
  const pool = new Pool(url, { connections: inFlight, pipelining: 1 });
  const body = Buffer.alloc(1_300, 'x');
  const count = events * perEvent;
  await expectArrivals(receiver, 0);
  const [began, used] = [performance.now(), process.cpuUsage()];
  let next = 0;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (next < count) {
        next += 1;
        await new Promise((resolve, reject) =>
          pool.dispatch({ method: 'POST', path: '/bare', body, headers: { 'content-type': 'application/json' } }, { onRequestStart() {}, onResponseStart() {}, onResponseData() {}, onResponseEnd: resolve, onResponseError: (_, error) => reject(error) }),
        );
      }
    }),
  );
  const rate = (count / (performance.now() - began)) * 1_000;
  const { user, system } = process.cpuUsage(used);
  await pool.close();
  return { rate, cpu: (user + system) / count };
}

async function measureHost(webhooks, url, receiver) {
  const host = await startHost({ settings: { HOOKYARD_LOG_LEVEL: 'warn' } });
  try {
    const project = '/v1/projects/default';
    const api = hookyardApi(host.url, host.adminToken);
    const types = webhooks / perEvent;
    for (let at = 0; at < webhooks; at += 1) {
      const created = await api.post(`${project}/webhooks`, { name: `w${at}`, url: `${url}/w${at}`, eventTypes: [`order.t${at % types}`], secret: `whsec_${Buffer.alloc(32, `${at}`).toString('base64')}` });
      if (created.status !== 201) throw new Error(JSON.stringify(created.body));
    }
    const pad = 'x'.repeat(900);
    const count = events * perEvent;
    const arrived = expectArrivals(receiver, count);
    const cpuBefore = await cpuMicroseconds(host);
    const began = performance.now();
    const perSecond = (some) => (some / (performance.now() - began)) * 1_000;
    for (let from = 0; from < events; from += batch) {
      const numbers = Array.from({ length: Math.min(batch, events - from) }, (_, at) => from + at);
      await emit(api, `${project}/events`, numbers.map((number) => ({ specversion: '1.0', id: `e${number}`, source: '/bench', type: `order.t${number % types}`, data: { number, pad } })));
    }
    const accepted = perSecond(events);
    await arrived;
    const delivered = perSecond(count);
    await untilRecorded(host, count);
    const recorded = perSecond(count);
    return { accepted, delivered, recorded, cpu: ((await cpuMicroseconds(host)) - cpuBefore) / count, kept: (await bytesIn(host.dataFolder)) / count };
  } finally {
    await host.stop();
  }
}

/** 429 is the host's way of saying "slower": the producer waits as long as it is told. */
async function emit(api, path, body) {
  for (;;) {
    const { status, headers } = await api.post(path, body, { 'content-type': 'application/cloudevents-batch+json' });
    if (status === 202) return;
    if (status !== 429) throw new Error(`emitting: ${status}`);
    await new Promise((resolve) => setTimeout(resolve, Number(headers['retry-after'] ?? 1) * 1_000));
  }
}

async function untilRecorded(host, count) {
  for (;;) {
    const recorded = await metric(host, 'hookyard_consumed_messages_total{group="delivery-log",topic="attempts"}');
    if (recorded >= count) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function cpuMicroseconds(host) {
  return (await metric(host, 'process_cpu_seconds_total')) * 1_000_000;
}

/** 0 as long as there is none. */
async function metric(host, name) {
  const text = await (await fetch(`${host.url}/metrics`)).text();
  return Number(text.split('\n').find((line) => line.startsWith(`${name} `))?.slice(name.length) ?? 0);
}

async function bytesIn(folder) {
  const sizes = (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

async function expectArrivals(receiver, count) {
  receiver.send(count);
  if (count > 0) await once(receiver, 'message');
}

/** Answers 204 to everything and tells its parent when as many as it was told have come. */
async function receive() {
  const { createServer } = await import('node:http');
  let wanted = 0;
  let seen = 0;
  process.on('message', (count) => {
    wanted = count;
    seen = 0;
  });
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      response.writeHead(204).end();
      seen += 1;
      if (seen === wanted) process.send(seen);
    });
  });
  server.listen(0, '127.0.0.1', 1_024, () => process.send({ url: `http://127.0.0.1:${server.address().port}` }));
}
