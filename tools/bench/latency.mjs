/**
 * How long does an event take from its producer to the endpoint, at a steady rate?
 * `npm run bench -- latency [--engine embedded|cluster] [--rate 300[,600,…]] [--seconds 30] [--instances 1|2]`.
 *
 * Open loop: events are sent one by one when their time has come, whatever became of those before. What is counted from the time
 * at which an event was to be sent holds also what it waited for a connection or for its turn (no coordinated omission).
 * Events of 1 kB in 8 projects, one delivery each, over 32 healthy webhooks on 4 receivers in a process of their own; three seconds at
 * the same rate go before and are not counted. First, how much processor time goes by with nothing to do. Everything shares this machine's cores. Ends with 1 when a delivery is missing.
 */
import { loadavg } from 'node:os';
import { messagesPerBatch, printMessagesPerBatch } from './lib/metrics.mjs';
import { usageByName, usedEach } from './lib/process-usage.mjs';
import { startReceivers, untilArrived } from './lib/receivers.mjs';
import { printTable } from './lib/table.mjs';
import { allServices, argumentsOf, openTarget } from './lib/target.mjs';
import { eventOf, prepare, producer, projectOf, projectsOf } from './lib/workload.mjs';

const given = argumentsOf({ rate: 300, seconds: 30 });
const rates = given.rate.split(',').map(Number);
const seconds = Number(given.seconds);
const warmSeconds = 3;
const idleSeconds = 5;
const webhooks = 32;
const projects = projectsOf(8);
const patienceMs = 30_000;

const receivers = await startReceivers(4);
const target = await openTarget({ ...given, settings: { every: { HOOKYARD_PARTITIONS: `${projects.length}` } } });
try {
  await target.servicesAre(['subscriptions', 'gateway']);
  await prepare({ url: target.url(), token: target.token, projects, webhooks, receivers: receivers.urls });
  await target.servicesAre(allServices);
  const idle = await idleShares();
  const results = [];
  for (const rate of rates) results.push(await atRate(rate));
  report(idle, results);
} finally {
  await target.stop();
  receivers.stop();
}

/** Of one core, in percent. */
async function idleShares() {
  await rest(idleSeconds);
  const before = usageByName(target.processes());
  await rest(idleSeconds);
  const each = usedEach(before, usageByName(target.processes()), idleSeconds * 10_000);
  return Object.fromEntries(Object.entries(each).map(([name, { cpuMicroseconds }]) => [name, cpuMicroseconds]));
}

function rest(forSeconds) {
  return new Promise((resolve) => setTimeout(resolve, forSeconds * 1_000));
}

async function atRate(rate) {
  await run(`warm-${rate}`, rate, warmSeconds * rate);
  const [load, before] = [loadavg()[0], usageByName(target.processes())];
  const metricsBefore = await target.metrics();
  const count = seconds * rate;
  const { due, accepted, arrivals } = await run(`at-${rate}`, rate, count);
  return {
    rate,
    load,
    intake: percentiles(due.map((at, number) => accepted[number] - at)),
    // The answer to the producer and the request to the endpoint are on their way at once: either may come first.
    acceptedToReceived: percentiles(accepted.map((at, number) => Math.max(0, arrivals[number] - at))),
    dueToReceived: percentiles(due.map((at, number) => arrivals[number] - at)),
    each: usedEach(before, usageByName(target.processes()), count),
    perBatch: messagesPerBatch(metricsBefore, await target.metrics()),
  };
}

/** Sends `count` events at the rate, and resolves when all have arrived: for each when it was due, was accepted, and arrived. */
async function run(name, rate, count) {
  await receivers.expect(count);
  const { post, close } = producer({ url: target.url(), token: target.token, connections: 128 });
  const began = now() + 100;
  const due = Float64Array.from({ length: count }, (_, number) => began + (number * 1_000) / rate);
  const accepted = new Float64Array(count);
  const posts = [];
  for (let number = 0; number < count; ) {
    for (; number < count && due[number] <= now(); number += 1) posts.push(send(post, name, number).then((at) => (accepted[at.number] = at.answeredAt)));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(posts);
  await close();
  const arrived = await untilArrived(receivers, count, patienceMs);
  if (arrived.repeats > 0) console.error(`${name}: ${arrived.repeats} deliveries came again`);
  if (arrived.distinct < count) throw new Error(`${name}: ${count - arrived.distinct} of ${count} deliveries are missing`);
  return { due, accepted, arrivals: await receivers.arrivals() };
}

async function send(post, run, number) {
  const { status, text } = await post(projectOf(number, { projects, webhooks }), JSON.stringify(eventOf(number, { run, webhooks })), 'application/cloudevents+json');
  if (status !== 202) throw new Error(`${run}: ${status} ${text}`);
  return { number, answeredAt: now() };
}

function now() {
  return performance.timeOrigin + performance.now();
}

function percentiles(values) {
  const sorted = Float64Array.from(values).sort();
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: sorted.at(-1) };
}

function report(idle, results) {
  const row = (title, values) => [title, ...Object.values(values).map((ms) => ms.toFixed(1))];
  const rows = results.flatMap(({ rate, intake, acceptedToReceived, dueToReceived }) => [
    row(`${rate}/s: due → accepted (202)`, intake),
    row(`${rate}/s: accepted → received`, acceptedToReceived),
    row(`${rate}/s: due → received`, dueToReceived),
  ]);
  printTable(['ms', 'p50', 'p90', 'p99', 'max'], rows);
  console.log(`Idle, in percent of a core: ${Object.entries(idle).map(([name, percent]) => `${name} ${percent.toFixed(1)}`).join(', ')}`);
  for (const { rate, load, each, perBatch } of results) {
    const used = Object.entries(each).map(([name, { cpuMicroseconds }]) => `${name} ${Math.round(cpuMicroseconds)}`);
    console.log(`${rate}/s: µs of processor time for each event: ${used.join(', ')}; load average at the start ${load.toFixed(1)}`);
    printMessagesPerBatch(perBatch);
  }
  console.log(JSON.stringify({ bench: 'latency', engine: given.engine, instances: given.instances, seconds, webhooks, idle, results }));
}
