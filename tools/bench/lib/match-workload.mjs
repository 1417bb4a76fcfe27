import { requireFilter } from '@hookyard/matching';
import { randomOf } from './random.mjs';

const webhookCount = 100_000;
const projectCount = 1_000;

const types = ['order', 'invoice', 'build', 'deployment', 'flag'].flatMap((area) =>
  ['created', 'updated', 'deleted', 'started', 'finished', 'failed', 'approved', 'rejected', 'archived', 'restored'].map((verb) => `${area}.${verb}`),
);

const projects = Array.from({ length: projectCount }, (_, at) => `project-${at}`);

const currencies = ['EUR', 'USD', 'GBP', 'JPY'];

/** How many of the webhooks lie in the first project; the rest is spread evenly over the others. */
export const cases = [
  { name: `${projectCount.toLocaleString('en-US')} even projects`, inFirst: webhookCount / projectCount, eventsInFirst: 1 / projectCount },
  { name: 'half in one project', inFirst: webhookCount / 2, eventsInFirst: 1 },
  { name: 'all in one project', inFirst: webhookCount, eventsInFirst: 1 },
];

/** 50 types, 10 % wildcards (half `*`, half `order.*`), 60 % with one of a few hundred filters: people write the same ones. */
export function webhooksOf({ inFirst }) {
  const random = randomOf(1);
  return Array.from({ length: webhookCount }, (_, at) => ({
    id: `wh_${at}`,
    project: projects[at < inFirst ? 0 : 1 + (at % (projectCount - 1))],
    types: [random.next() < 0.1 ? (random.next() < 0.5 ? '*' : `${random.pick(types).split('.')[0]}.*`) : random.pick(types)],
    predicate: random.next() < 0.6 ? requireFilter(filterOf(random)) : undefined,
  }));
}

function filterOf(random) {
  switch (random.below(4)) {
    case 0:
      return { 'data.amount': { $gte: random.below(100) * 10 } };
    case 1:
      return { 'data.currency': random.pick(currencies), 'data.amount': { $lt: random.below(20) * 50 } };
    case 2:
      return { 'data.customer.country': { $in: [random.pick(['BE', 'NL', 'DE']), random.pick(['FR', 'ES', 'IT'])] } };
    default:
      return { $or: [{ 'data.tags': { $contains: `tag-${random.below(20)}` } }, { 'data.reference': { $regex: `^R-${random.below(10)}[0-9]+$` } }] };
  }
}

/** Events of about 1 kB, payload as bytes. */
export function eventsOf({ eventsInFirst }, count = 5_000) {
  const random = randomOf(2);
  return Array.from({ length: count }, (_, at) => {
    const project = projects[random.next() < eventsInFirst ? 0 : 1 + random.below(projectCount - 1)];
    const attributes = { id: `${at}`, source: '/bench', type: random.pick(types), subject: `orders/${random.below(1_000)}`, project, datacontenttype: 'application/json' };
    return { attributes, payload: Buffer.from(JSON.stringify(payloadOf(random))) };
  });
}

function payloadOf(random) {
  return {
    reference: `R-${random.below(100_000)}`,
    amount: random.below(1_000),
    currency: random.pick(currencies),
    customer: { id: random.below(10_000), name: 'A customer', country: random.pick(['BE', 'NL', 'DE', 'FR', 'ES', 'IT', 'US']) },
    tags: [`tag-${random.below(20)}`, `tag-${random.below(20)}`],
    lines: Array.from({ length: 5 }, (_, at) => ({ sku: `SKU-${random.below(1_000)}`, count: at + 1, price: random.below(100), text: 'x'.repeat(90) })),
  };
}
