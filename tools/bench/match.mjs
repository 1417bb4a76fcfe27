/**
 * How many events a second does one core match against 100,000 webhooks? Prints a table: the index that the matcher uses,
 * beside asking every webhook in turn, in the same run. Payloads are bytes and are parsed as part of matching.
 * Run `npm run build` first, then `node tools/bench/match.mjs`; takes about half a minute.
 */
import { matchableEvent, matchesType, matchIndex, requireFilter } from '@hookyard/matching';
import { cases, eventsOf, webhooksOf } from './lib/match-workload.mjs';
import { heapMegabytes, measure } from './lib/measure.mjs';
import { printTable, rounded } from './lib/table.mjs';

const indexForMs = 4_000;
const scanForMs = 2_000;

const rows = cases.map((one) => {
  const webhooks = webhooksOf(one).map(({ filter, ...webhook }) => ({ ...webhook, ...(filter === undefined ? {} : { predicate: requireFilter(filter) }) }));
  const events = eventsOf(one);
  const eventAt = (at) => events[at % events.length];

  const heapBefore = heapMegabytes();
  const began = performance.now();
  const index = matchIndex();
  for (const { id, project, ...compiled } of webhooks) index.put(id, project, compiled, true);
  const builtMs = performance.now() - began;
  const heap = heapMegabytes() - heapBefore;

  const byIndex = measure((at) => {
    const { attributes, payload } = eventAt(at);
    return index.match(attributes.project, matchableEvent(attributes, payload)).length;
  }, indexForMs);
  const byScan = measure((at) => {
    const { attributes, payload } = eventAt(at);
    const event = matchableEvent(attributes, payload);
    let matches = 0;
    for (const webhook of webhooks) if (concerns(webhook, event)) matches += 1;
    return matches;
  }, scanForMs);

  return [
    one.name,
    rounded(byIndex.perRun),
    rounded(byIndex.perSecond),
    rounded(byIndex.perSecond * byIndex.perRun),
    rounded(byScan.perSecond),
    `${rounded(byIndex.perSecond / byScan.perSecond)} ×`,
    `${rounded(builtMs)} ms`,
    ...(globalThis.gc === undefined ? [] : [`${rounded(heap)} MB`]),
  ];
});

function concerns(webhook, event) {
  if (webhook.project !== event.attributes.project) return false;
  return webhook.types.some((pattern) => matchesType(pattern, event.attributes.type)) && (webhook.predicate?.holds(event) ?? true);
}

const header = ['100,000 webhooks', 'matches/event', 'events/s', 'matches/s', 'linear scan/s', 'ratio', 'index built in'];
printTable(globalThis.gc === undefined ? header : [...header, 'index heap'], rows);
