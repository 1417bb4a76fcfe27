/**
 * What does each hop of the pipeline cost, and how much goes through it in a second?
 * `npm run bench -- pipeline [--engine embedded|cluster] [--events 20000] [--instances 1|2]` (instances of matcher and of dispatcher; cluster only).
 *
 * Baseline, in the same run: the bare sender (undici's Pool.dispatch, signed 1 kB posts) to the same receivers.
 * By hops: the backlog of each hop is built up while nothing behind it runs, then the next service alone drains it.
 * End to end: everything runs, and producers emit as fast as events are accepted.
 * Events of 1 kB in 8 projects, one delivery each, over 32 healthy webhooks on 4 receivers in a process of their own. Everything shares this machine's cores.
 * The first tenth of a backlog is not counted: processes warm up on it. Ends with 1 when a delivery is missing.
 */
import { loadavg } from 'node:os';
import { measureBareSender } from './lib/bare-sender.mjs';
import { messagesPerBatch, metricIn, printMessagesPerBatch } from './lib/metrics.mjs';
import { usageByName, usedEach } from './lib/process-usage.mjs';
import { startReceivers, untilArrived } from './lib/receivers.mjs';
import { printTable, rounded } from './lib/table.mjs';
import { allServices, argumentsOf, openTarget } from './lib/target.mjs';
import { emitAll, prepare, projectsOf } from './lib/workload.mjs';

const given = argumentsOf({ events: 20_000 });
const events = Number(given.events);
const webhooks = 32;
const projects = projectsOf(8);
const patienceMs = 60_000;

/** Consumed messages of both topics that the delivery log reads: half of them for each delivery. */
const recordedIn = (text) => metricIn(text, 'hookyard_consumed_messages_total', { group: 'delivery-log' }) / 2;

const drains = [
  { hop: 'events → deliveries', service: 'matcher', doneIn: (text) => metricIn(text, 'hookyard_matcher_events_total') },
  { hop: 'deliveries → attempts', service: 'dispatcher', doneIn: (text) => metricIn(text, 'hookyard_attempts_total') },
  { hop: 'attempts → history', service: 'delivery-log', doneIn: recordedIn },
];

const loadAtStart = loadavg()[0];
const receivers = await startReceivers(4);
const target = await openTarget({
  ...given,
  settings: {
    every: { HOOKYARD_PARTITIONS: `${projects.length}` },
    // The backlog is what is to be measured.
    gateway: { HOOKYARD_GATEWAY_MAX_UNMATCHED_EVENTS: '100000000', HOOKYARD_GATEWAY_MAX_UNSENT_MESSAGES: '100000000' },
  },
});
try {
  const bare = await bareSender();
  const hops = await byHops();
  const whole = await endToEnd();
  report(bare, hops, whole);
} finally {
  await target.stop();
  receivers.stop();
}

async function bareSender() {
  // Once to warm up: what it is compared with is warm as well.
  await measureBareSender(receivers.urls, 5_000);
  return measureBareSender(receivers.urls, Math.max(events, 20_000));
}

async function byHops() {
  await target.servicesAre(['subscriptions', 'gateway']);
  await prepare({ url: target.url(), token: target.token, projects, webhooks, receivers: receivers.urls });
  await receivers.expect(events);
  const hops = [{ hop: 'accept → events', service: 'gateway', ...(await measured(events, () => emit('hops', events))) }];
  for (const { doneIn, ...hop } of drains) {
    await target.servicesAre([hop.service]);
    hops.push({ ...hop, ...(await drained(doneIn)) });
  }
  requireAll('by hops', await receivers.count());
  return hops;
}

async function endToEnd() {
  await target.servicesAre(allServices);
  await emitted('warm', events / 10);
  const before = await target.metrics();
  let deliveredMs;
  const used = await measured(events, async (began) => {
    deliveredMs = (await emitted('whole', events)) - began;
    await until(async () => recordedIn(await target.metrics()) - recordedIn(before), events, 'recorded');
  });
  const after = await target.metrics();
  const parked = metricIn(after, 'hookyard_deliveries_parked_total') - metricIn(before, 'hookyard_deliveries_parked_total');
  return { delivered: (events / deliveredMs) * 1_000, recorded: used.perSecond, each: used.each, perBatch: messagesPerBatch(before, after), parked };
}

/** Resolves with the time of the last arrival. */
async function emitted(run, count) {
  await receivers.expect(count);
  await emit(run, count);
  const arrived = await untilArrived(receivers, count, patienceMs);
  requireAll(run, arrived, count);
  return arrived.lastAt;
}

function emit(run, count) {
  return emitAll({ url: target.url(), token: target.token, count, run, projects, webhooks });
}

function now() {
  return performance.timeOrigin + performance.now();
}

/** How many of `count` there are in a second while `work` goes on, and what each costs in each process. */
async function measured(count, work) {
  const [began, before] = [now(), usageByName(target.processes())];
  await work(began);
  return { perSecond: (count / (now() - began)) * 1_000, each: usedEach(before, usageByName(target.processes()), count) };
}

async function drained(doneIn) {
  const done = async () => doneIn(await target.metrics());
  const warm = await until(done, events / 10, 'begun');
  return measured(events - warm, () => until(done, events, 'drained'));
}

/** Resolves with what `done` answers, once it is `least`. */
async function until(done, least, what) {
  let seen = -1;
  let movedAt = now();
  for (;;) {
    const count = await done();
    if (count >= least) return count;
    if (count !== seen) movedAt = now();
    seen = count;
    if (now() - movedAt > patienceMs) throw new Error(`${count} of ${least} were ${what}, and for ${patienceMs / 1_000} s no more`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function requireAll(phase, { distinct, repeats }, count = events) {
  if (repeats > 0) console.error(`${phase}: ${repeats} deliveries came again`);
  if (distinct < count) throw new Error(`${phase}: ${count - distinct} of ${count} deliveries are missing`);
}

function report(bare, hops, whole) {
  const names = [...new Set([...hops, whole].flatMap(({ each }) => Object.keys(each)))];
  const row = (title, perSecond, each) => [title, rounded(perSecond), (perSecond / bare.perSecond).toFixed(3), ...names.map((name) => (each?.[name] === undefined ? '' : rounded(each[name].cpuMicroseconds)))];
  printTable(
    ['', 'a second', 'ratio', ...names],
    [
      row('bare sender', bare.perSecond),
      ...hops.map(({ hop, perSecond, each }) => row(hop, perSecond, each)),
      row('end to end: delivered', whole.delivered),
      row('end to end: recorded', whole.recorded, whole.each),
    ],
  );
  console.log(`Columns of processes: µs of processor time for each event; the bare sender takes ${rounded(bare.cpuMicroseconds)}. ${events} events, ${given.instances} of matcher and dispatcher, load average at the start ${loadAtStart.toFixed(1)}.`);
  printMessagesPerBatch(whole.perBatch);
  console.log(`Deliveries that waited in the due queue on their way, end to end: ${whole.parked}.`);
  console.log(JSON.stringify({ bench: 'pipeline', engine: given.engine, instances: given.instances, events, webhooks, loadAtStart, bare, hops, whole }));
}
