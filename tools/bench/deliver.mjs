/**
 * How many deliveries a second does the standalone host make, from the intake's 202 to the last arrival?
 * 20,000 events of 1 kB in batches of 500, four webhooks, one delivery of each event to each of two of them.
 * Baseline of the same run: the bare sender (undici's Pool.dispatch) posting the same bytes to the same receiver.
 * The receiver is a process of its own; everything shares this machine's cores.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Pool } from 'undici';
import { startHost } from '../dist/demo/host.js';
import { hookyardApi } from '../dist/api.js';

const events = Number(process.argv[2] ?? 20_000);
const batch = 500;
const inFlight = 256;

if (process.argv[2] === 'receiver') await receive();
else await bench();

async function bench() {
  const receiver = fork(import.meta.filename, ['receiver']);
  const [{ url }] = await once(receiver, 'message');
  const bare = await measureBare(url, receiver);
  const host = await startHost({ settings: { HOOKYARD_LOG_LEVEL: 'warn' } });
  try {
    const whole = await measureHost(host, url, receiver);
    console.log('                                   a second   ratio');
    console.log(`bare Pool.dispatch               ${bare.toFixed(0).padStart(10)}    1.00`);
    console.log(`accepted (202, batches of ${batch})   ${whole.accepted.toFixed(0).padStart(10)}    ${(whole.accepted / bare).toFixed(2)}`);
    console.log(`delivered                        ${whole.delivered.toFixed(0).padStart(10)}    ${(whole.delivered / bare).toFixed(2)}`);
    console.log(`recorded (delivery log caught up)${whole.recorded.toFixed(0).padStart(10)}    ${(whole.recorded / bare).toFixed(2)}`);
  } finally {
    await host.stop();
    receiver.kill();
  }
}

async function measureBare(url, receiver) {
  const pool = new Pool(url, { connections: inFlight, pipelining: 1 });
  const body = Buffer.alloc(1_300, 'x');
  await expectArrivals(receiver, 0);
  const began = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (next < events) {
        next += 1;
        await new Promise((resolve, reject) =>
          pool.dispatch({ method: 'POST', path: '/bare', body, headers: { 'content-type': 'application/json' } }, { onRequestStart() {}, onResponseStart() {}, onResponseData() {}, onResponseEnd: resolve, onResponseError: (_, error) => reject(error) }),
        );
      }
    }),
  );
  const rate = (events / (performance.now() - began)) * 1_000;
  await pool.close();
  return rate;
}

async function measureHost(host, url, receiver) {
  const api = hookyardApi(host.url, host.adminToken);
  const project = '/v1/projects/default';
  for (const name of ['one', 'two', 'three', 'four']) {
    const wanted = name === 'one' || name === 'two' ? 'order.placed' : 'order.cancelled';
    const created = await api.post(`${project}/webhooks`, { name, url: `${url}/${name}`, eventTypes: [wanted], secret: `whsec_${Buffer.alloc(32, name).toString('base64')}` });
    if (created.status !== 201) throw new Error(JSON.stringify(created.body));
  }
  const pad = 'x'.repeat(900);
  const arrived = expectArrivals(receiver, events * 2);
  const began = performance.now();
  for (let from = 0; from < events; from += batch) {
    await emit(api, `${project}/events`, Array.from({ length: Math.min(batch, events - from) }, (_, at) => ({ specversion: '1.0', id: `e${from + at}`, source: '/bench', type: 'order.placed', data: { number: from + at, pad } })));
  }
  const accepted = (events / (performance.now() - began)) * 1_000;
  await arrived;
  const delivered = ((events * 2) / (performance.now() - began)) * 1_000;
  await recorded(host);
  return { accepted, delivered, recorded: ((events * 2) / (performance.now() - began)) * 1_000 };
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

async function recorded(host) {
  for (;;) {
    const text = await (await fetch(`${host.url}/metrics`)).text();
    const lags = [...text.matchAll(/^hookyard_consumer_lag\S*\{[^}]*\} (\d+)/gm)].map(([, lag]) => Number(lag));
    if (lags.length > 0 && lags.every((lag) => lag === 0)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
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
