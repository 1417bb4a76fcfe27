/** The sum of a metric's values over all labels that `labels` do not exclude, out of Prometheus text; 0 when there is none yet. */
export function metricIn(text, name, labels = {}) {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return text
    .split('\n')
    .filter((line) => (line.startsWith(`${name}{`) || line.startsWith(`${name} `)) && wanted.every((label) => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

const consumed = [
  { group: 'matcher', topic: 'events' },
  { group: 'dispatcher', topic: 'deliveries' },
  { group: 'delivery-log', topic: 'deliveries' },
  { group: 'delivery-log', topic: 'attempts' },
];

/** How many messages were handled at once, on average, between two readings: each batch has its price, whatever it holds. */
export function messagesPerBatch(before, after) {
  const grown = (name, labels) => metricIn(after, name, labels) - metricIn(before, name, labels);
  return Object.fromEntries(
    consumed.map((labels) => {
      const batches = grown('hookyard_handling_seconds_count', labels);
      return [`${labels.group} of ${labels.topic}`, batches === 0 ? 0 : grown('hookyard_consumed_messages_total', labels) / batches];
    }),
  );
}

export function printMessagesPerBatch(perBatch) {
  console.log(`Messages in a batch, on average: ${Object.entries(perBatch).map(([name, count]) => `${name} ${count.toFixed(1)}`).join(', ')}.`);
}
