/**
 * How many events a second does one core match against 100,000 webhooks? Prints a table: the index that the matcher uses,
 * beside asking every webhook in turn, in the same run, over events whose payloads are parsed; and once more from
 * payloads of about 1 kB as bytes, as the matcher gets them.
 * Run `npm run build` first, then `node tools/bench/match.mjs` (with `--expose-gc` also the memory); takes about half a minute.
 */
import { matchableEvent, matchesType, matchIndex } from '@hookyard/matching';
import { cases, eventsOf, webhooksOf } from './lib/match-workload.mjs';
import { heapMegabytes, measure } from './lib/measure.mjs';
import { printTable, rounded } from './lib/table.mjs';

const forMs = 1_500;

const rows = cases.map((one) => {
  const webhooks = webhooksOf(one);
  const events = eventsOf(one);
  const heapBefore = heapMegabytes();
  const began = performance.now();
  const index = matchIndex();
  for (const webhook of webhooks) index.put(webhook.id, webhook.project, webhook, true);
  const builtMs = performance.now() - began;
  const heap = heapMegabytes() - heapBefore;

  const fromBytes = events.map(({ attributes, payload }) => () => matchableEvent(attributes, payload));
  const parsed = fromBytes.map((make) => {
    const event = make();
    event.data();
    return () => event;
  });
  const byIndex = measureOver(parsed, (event) => index.match(event.attributes.project, event).length);
  const byIndexFromBytes = measureOver(fromBytes, (event) => index.match(event.attributes.project, event).length);
  const byScan = measureOver(parsed, (event) => scan(webhooks, event));
  return {
    webhooks: one.name,
    'matches/event': rounded(byIndex.perRun),
    'events/s': rounded(byIndex.perSecond),
    'matches/s': rounded(byIndex.perSecond * byIndex.perRun),
    'linear scan/s': rounded(byScan.perSecond),
    ratio: `${rounded(byIndex.perSecond / byScan.perSecond)} ×`,
    'events/s with parsing': rounded(byIndexFromBytes.perSecond),
    'index built in': `${rounded(builtMs)} ms`,
    ...(globalThis.gc === undefined ? {} : { 'index heap': `${rounded(heap)} MB` }),
  };
});

console.log(`100,000 webhooks, 50 types, 10 % wildcards, 60 % with filters; a second is one of processor time; Node.js ${process.version}\n`);
printTable(Object.keys(rows[0]), rows.map((row) => Object.values(row)));

function measureOver(events, task) {
  return measure((at) => task(events[at % events.length]()), forMs);
}

function scan(webhooks, event) {
  let matches = 0;
  for (const webhook of webhooks) if (concerns(webhook, event)) matches += 1;
  return matches;
}

function concerns(webhook, event) {
  if (webhook.project !== event.attributes.project) return false;
  return webhook.types.some((pattern) => matchesType(pattern, event.attributes.type)) && (webhook.predicate?.holds(event) ?? true);
}
